import { z } from 'zod'
import { isJsonObject, type JsonObject } from '../../platform/json.ts'
import { badField } from './engine-fault.ts'
import type { Grammar } from './engine-protocol.ts'

const tool = z.looseObject({
  type: z.literal('function'),
  function: z.looseObject({
    name: z.string().min(1).max(256),
    description: z.string().nullish(),
    parameters: z.record(z.string(), z.unknown()).nullish(),
  }),
})

const namedChoice = z.object({
  type: z.literal('function'),
  function: z.object({ name: z.string() }),
})

export const toolFields = {
  tools: z.array(tool).nullish(),
  tool_choice: z
    .union(
      [z.enum(['auto', 'none', 'required']), namedChoice],
      'Expected auto, none, required or a function',
    )
    .nullish(),
  parallel_tool_calls: z.boolean().nullish(),
}

const toolRequest = z.object(toolFields)
export type ToolFields = z.infer<typeof toolRequest>
type Tool = z.infer<typeof tool>

/** What a model may call, and whether it must. */
export interface ToolUse {
  /** As they were sent, for the template. */
  readonly tools: readonly JsonObject[]
  readonly names: ReadonlySet<string>
  /** That makes anything but a call unsayable; null where the model may choose. */
  readonly grammar: Grammar | null
  readonly mayCallSeveral: boolean
}

/** Null where no tool may be called; then the template hears of none. Throws EngineFault. */
export function readTools(fields: ToolFields): ToolUse | null {
  const { tools, tool_choice: choice, parallel_tool_calls: isParallel } = fields
  const all = tools ?? []
  const mustCall = choice !== undefined && choice !== null && choice !== 'auto' && choice !== 'none'
  if (all.length === 0) {
    if (mustCall) throw badField('tool_choice', 'tool_choice: there are no tools to call')
    return null
  }
  if (choice === 'none') return null
  return {
    tools: all,
    names: new Set(all.map(({ function: { name } }) => name)),
    grammar: mustCall ? callGrammar(callable(all, choice)) : null,
    mayCallSeveral: isParallel ?? true,
  }
}

function callable(tools: readonly Tool[], choice: ToolFields['tool_choice']): readonly Tool[] {
  if (typeof choice !== 'object' || choice === null) return tools
  const { name } = choice.function
  const named = tools.filter((one) => one.function.name === name)
  if (named.length > 0) return named
  throw badField('tool_choice.function.name', `tool_choice: there is no tool ${name}`)
}

function callGrammar(tools: readonly Tool[]): Grammar {
  const definitions: Record<string, unknown> = {}
  const calls = tools.map(({ function: { name, parameters } }, at) => ({
    type: 'object',
    properties: { name: { const: name }, arguments: hoisted(parameters ?? {}, at, definitions) },
    required: ['name', 'arguments'],
    additionalProperties: false,
  }))
  const [only] = calls
  const schema = calls.length === 1 && only ? only : { oneOf: calls }
  const shared = Object.keys(definitions).length > 0 ? { $defs: definitions } : {}
  return { kind: 'json-schema', schema: { ...schema, ...shared }, param: 'tools' }
}

/** Inside the schema of a call, a schema's references to its own root lead elsewhere. */
function hoisted(
  parameters: JsonObject,
  tool: number,
  definitions: Record<string, unknown>,
): JsonObject {
  const { $defs, definitions: older, $schema: _, ...rest } = parameters
  const root = `t${tool}`
  let usesRoot = false
  const moved = (path: string): string => {
    if (path === '#') {
      usesRoot = true
      return `#/$defs/${root}`
    }
    const [, name] = /^#\/(?:\$defs|definitions)\/(.+)$/u.exec(path) ?? []
    return name === undefined ? path : `#/$defs/${root}_${name}`
  }
  for (const group of [older, $defs]) {
    if (!isJsonObject(group)) continue
    for (const [name, schema] of Object.entries(group)) {
      definitions[`${root}_${name}`] = withReferences(schema, moved)
    }
  }
  const own = withReferences(rest, moved)
  const whole = { type: 'object', ...(isJsonObject(own) ? own : {}) }
  if (!usesRoot) return whole
  definitions[root] = whole
  return { $ref: `#/$defs/${root}` }
}

function withReferences(value: unknown, moved: (path: string) => string): unknown {
  if (Array.isArray(value)) return value.map((one) => withReferences(one, moved))
  if (!isJsonObject(value)) return value
  const entries = Object.entries(value).map(([key, member]) => {
    const isPath = key === '$ref' && typeof member === 'string'
    return [key, isPath ? moved(member) : withReferences(member, moved)] as const
  })
  return Object.fromEntries(entries)
}
