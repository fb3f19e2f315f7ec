import { faultTypes, type FaultType, type ValidationItem } from '@pharos/contract/beacon/errors.ts'
import type { z } from 'zod'
import type { InputProblem } from '../../platform/http/input-error.ts'

type SchemaProblem = Extract<InputProblem, { kind: 'schema' }>

const maxItems = 100
const maxShownCharacters = 1_000

/** The 422 array: at most 100 items, and no offending value longer than a screen. */
export function toValidationItems(problem: SchemaProblem): ValidationItem[] {
  const start = problem.part === 'params' ? 'path' : problem.part
  return problem.issues.slice(0, maxItems).map((issue): ValidationItem => {
    const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))
    const value = valueAt(problem.input, path)
    const { type, msg, ctx } = describe(issue, value)
    const isMissing = type === 'missing'
    return {
      type,
      loc: [start, ...path],
      msg,
      input: shown(
        isMissing && path.length > 0 ? valueAt(problem.input, path.slice(0, -1)) : value,
      ),
      ...(ctx === undefined ? {} : { ctx }),
    }
  })
}

interface Description {
  readonly type: FaultType
  readonly msg: string
  readonly ctx?: Record<string, unknown>
}

function describe(issue: z.core.$ZodIssue, value: unknown): Description {
  const isNoBody = value === null && issue.path.length === 0
  if (value === undefined || isNoBody) return { type: 'missing', msg: 'Field required' }
  switch (issue.code) {
    case 'custom':
      return describeCustom(issue)
    case 'invalid_value': {
      const expected = alternatives(issue.values.map((word) => `'${String(word)}'`))
      return { type: 'enum', msg: `Input should be ${expected}`, ctx: { expected } }
    }
    case 'invalid_type':
      return describeType(issue.expected, issue.path.length === 0)
    case 'too_small': {
      const { minimum } = issue
      const ctx = { field_type: 'List', min_length: Number(minimum), ...lengthOf(value) }
      return { type: 'too_short', msg: `List should have at least ${minimum} items`, ctx }
    }
    case 'too_big': {
      const { maximum } = issue
      const ctx = { field_type: 'List', max_length: Number(maximum), ...lengthOf(value) }
      return { type: 'too_long', msg: `List should have at most ${maximum} items`, ctx }
    }
    default:
      return { type: 'value_error', msg: issue.message }
  }
}

function lengthOf(value: unknown): { readonly actual_length?: number } {
  return Array.isArray(value) ? { actual_length: value.length } : {}
}

/** The contract's scalars say the type and context themselves, as the issue's `params`. */
function describeCustom(issue: z.core.$ZodIssueCustom): Description {
  const params: Readonly<Record<string, unknown>> = issue.params ?? {}
  const { type, ctx } = params
  const known = faultTypes.find((word) => word === type)
  const context = typeof ctx === 'object' && ctx !== null ? { ctx: { ...ctx } } : {}
  return { type: known ?? 'value_error', msg: issue.message, ...context }
}

function describeType(expected: string, isWhole: boolean): Description {
  switch (expected) {
    case 'string':
      return { type: 'string_type', msg: 'Input should be a valid string' }
    case 'array':
      return { type: 'list_type', msg: 'Input should be a valid list' }
    case 'boolean':
      return { type: 'bool_type', msg: 'Input should be a valid boolean' }
    default: {
      const what = isWhole ? 'dictionary' : 'dictionary or object to extract fields from'
      return { type: 'model_attributes_type', msg: `Input should be a valid ${what}` }
    }
  }
}

function alternatives(words: readonly string[]): string {
  const last = words.at(-1) ?? ''
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`
}

function valueAt(input: unknown, path: readonly (string | number)[]): unknown {
  let value = input
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Readonly<Record<string | number, unknown>>)[key]
  }
  return value
}

function shown(value: unknown): unknown {
  const text = JSON.stringify(value) ?? 'null'
  if (text.length <= maxShownCharacters) return value ?? null
  return `${text.slice(0, maxShownCharacters)}...`
}
