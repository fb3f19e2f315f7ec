/**
 * Scalars of the Beacon wire. The contract (§1.0 "Coercions") lets a float arrive as a number, a
 * numeric string or a boolean, and an integer in a query is always text, so each of these accepts
 * several JSON types and changes none of them: `floatOf` and `intOf` read the accepted value.
 *
 * A refusal is a Zod issue of code `custom` whose `params` are a `Fault` without its message, so
 * that a surface can print the exact 422 item.
 */
import { z } from 'zod'
import type { Fault } from './errors.ts'

type Shown = Readonly<Record<string, unknown>>

const notText: Fault = { type: 'string_type', message: 'Input should be a valid string' }

function pushFault(
  issues: z.core.$ZodRawIssue[],
  input: unknown,
  fault: Fault,
  path: PropertyKey[] = [],
) {
  const { message, ...params } = fault
  issues.push({ code: 'custom', input, message, params, path })
}

function scalar<T>(faultOf: (value: unknown) => Fault | undefined, shown: Shown) {
  return z
    .custom<T>()
    .check((payload) => {
      const fault = faultOf(payload.value)
      if (fault !== undefined) pushFault(payload.issues, payload.value, fault)
    })
    .meta(shown)
}

export type WireFloat = number | string | boolean
export type WireInt = number | string | boolean

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
const wholeNumber = /^[+-]?\d+(?:\.0*)?$/

/** The number an accepted float stands for; NaN when the value is not one. */
export function floatOf(value: WireFloat): number {
  if (typeof value !== 'string') return Number(value)
  const text = value.trim()
  return decimal.test(text) ? Number(text) : Number.NaN
}

/** The integer an accepted integer stands for; NaN when the value is not one. */
export function intOf(value: WireInt): number {
  if (typeof value !== 'string') return Number(value)
  const text = value.trim()
  return wholeNumber.test(text) ? Number(text) : Number.NaN
}

interface Bounds {
  readonly min?: number
  readonly max?: number
}

function boundFault(value: number, { min, max }: Bounds): Fault | undefined {
  if (min !== undefined && value < min) {
    const message = `Input should be greater than or equal to ${min}`
    return { type: 'greater_than_equal', message, ctx: { ge: min } }
  }
  if (max !== undefined && value > max) {
    const message = `Input should be less than or equal to ${max}`
    return { type: 'less_than_equal', message, ctx: { le: max } }
  }
  return undefined
}

function floatFault(value: unknown): Fault | undefined {
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return undefined
    return { type: 'finite_number', message: 'Input should be a finite number' }
  }
  if (typeof value === 'boolean') return undefined
  if (typeof value !== 'string') {
    return { type: 'float_type', message: 'Input should be a valid number' }
  }
  const number = floatOf(value)
  if (Number.isFinite(number)) return undefined
  if (!Number.isNaN(number)) return floatFault(number)
  const message = 'Input should be a valid number, unable to parse string as a number'
  return { type: 'float_parsing', message }
}

function intFault(value: unknown, bounds: Bounds): Fault | undefined {
  if (typeof value !== 'number' && typeof value !== 'string' && typeof value !== 'boolean') {
    return { type: 'int_type', message: 'Input should be a valid integer' }
  }
  const number = intOf(value)
  if (Number.isInteger(number)) return boundFault(number, bounds)
  if (typeof value === 'string') {
    const message = 'Input should be a valid integer, unable to parse string as an integer'
    return { type: 'int_parsing', message }
  }
  if (!Number.isFinite(number)) return floatFault(number)
  const message = 'Input should be a valid integer, got a number with a fractional part'
  return { type: 'int_from_float', message }
}

/** A finite float: a number, a numeric string or a boolean. Read it with `floatOf`. */
export const FloatIn = scalar<WireFloat>(floatFault, { type: 'number' })

/** Unix epoch seconds on the way in; overflow (`1e999`) is refused. Read it with `floatOf`. */
export const TimeIn = scalar<WireFloat>(floatFault, {
  type: 'number',
  description: 'Unix epoch seconds',
})

/** An integer within bounds, from JSON or a query. Read it with `intOf`. */
export function intIn(bounds: Bounds & { readonly default?: number } = {}) {
  const { min: minimum, max: maximum, default: fallback } = bounds
  return scalar<WireInt>((value) => intFault(value, bounds), {
    type: 'integer',
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
    ...(fallback === undefined ? {} : { default: fallback }),
  })
}

/** Long enough for any id in use; an index of PostgreSQL takes no key beyond 2.7 KB. */
const maxIdLength = 512

function idFault(value: unknown): Fault | undefined {
  if (typeof value !== 'string') return notText
  if (value.length > maxIdLength) {
    const message = `String should have at most ${maxIdLength} characters`
    return { type: 'string_too_long', message, ctx: { max_length: maxIdLength } }
  }
  if (value.isWellFormed() && !value.includes('\0')) return undefined
  const message = 'Input should be an id without U+0000 and without lone surrogates'
  return { type: 'string_unicode', message }
}

/** An opaque identifier: any text, even empty, except U+0000 and lone surrogates. */
export const Id = scalar<string>(idFault, { type: 'string', maxLength: maxIdLength })

export type JsonObject = Record<string, unknown>

/** True for any JSON object; arrays and null are not. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function dictFault(value: unknown): Fault | undefined {
  if (isJsonObject(value)) return undefined
  return { type: 'dict_type', message: 'Input should be a valid dictionary' }
}

/**
 * Any JSON object, handed on as the same reference: rebuilding it would cost time on the ingest
 * path and would drop a key named `__proto__`.
 */
export const JsonObject = scalar<JsonObject>(dictFault, {
  type: 'object',
  additionalProperties: true,
})

/** A JSON object whose values are strings, handed on as the same reference. */
export const StringMap = z
  .custom<Record<string, string>>()
  .check((payload) => {
    const value: unknown = payload.value
    const whole = dictFault(value)
    if (whole !== undefined) {
      pushFault(payload.issues, value, whole)
      return
    }
    for (const [key, text] of Object.entries(payload.value)) {
      if (typeof text !== 'string') pushFault(payload.issues, text, notText, [key])
    }
  })
  .meta({ type: 'object', additionalProperties: { type: 'string' } })

/** Text with a length counted in characters, as the contract counts it, not in UTF-16 units. */
export function textIn(bounds: { readonly min: number; readonly max: number }) {
  return scalar<string>((value) => textFault(value, bounds), {
    type: 'string',
    minLength: bounds.min,
    maxLength: bounds.max,
  })
}

function textFault(value: unknown, { min, max }: Required<Bounds>): Fault | undefined {
  if (typeof value !== 'string') return notText
  const length = value.length > 2 * max ? value.length : Array.from(value).length
  if (length < min) {
    const message = `String should have at least ${min} character${min === 1 ? '' : 's'}`
    return { type: 'string_too_short', message, ctx: { min_length: min } }
  }
  if (length > max) {
    const message = `String should have at most ${max} characters`
    return { type: 'string_too_long', message, ctx: { max_length: max } }
  }
  return undefined
}

/** One word of a short list; unlike an enum it is refused as `literal_error`. */
export function wordIn<const W extends string>(words: readonly W[], fallback: NoInfer<W>) {
  const quoted = words.map((word) => `'${word}'`)
  const expected = `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`
  const fault: Fault = {
    type: 'literal_error',
    message: `Input should be ${expected}`,
    ctx: { expected },
  }
  const known = new Set<unknown>(words)
  return scalar<W>((value) => (known.has(value) ? undefined : fault), {
    type: 'string',
    enum: words,
    default: fallback,
  })
}
