import type { SpanType } from '@pharos/contract/vocabulary.ts'
import type { Attributes, Dialect, Operation } from './dialect.ts'
import { aiSdk } from './dialects/ai-sdk.ts'
import { genAi } from './dialects/gen-ai.ts'
import { langfuse } from './dialects/langfuse.ts'
import { openInference } from './dialects/openinference.ts'
import { traceloop } from './dialects/traceloop.ts'
import { mapCall, type Mapped } from './map-call.ts'
import { frameworkName } from './names.ts'
import { firstText, readSpan, type Reading } from './reading.ts'

/** Stored with each mapping. Raise it when a table or a rule changes what spans come to. */
export const mappingVersion = 1

/** What a span's attributes mean in Beacon's vocabulary. */
export interface Mapping {
  readonly spanType: SpanType
  readonly attributes: Record<string, string | number>
}

/**
 * All dialects, the particular before the general: where a span speaks several, each field is
 * taken from the first that says it, and the usage from one alone.
 */
export const dialects: readonly Dialect[] = [langfuse, aiSdk, openInference, genAi, traceloop]

/**
 * Reads a span's attributes, exactly as they are stored, in every known dialect. Pure; never
 * throws; takes time in line with the size of the attributes. An attribute that the span has
 * itself is never in the result. A span of no dialect is `custom` and has no mapped attribute.
 */
export function mapSpan(name: string, attributes: Attributes): Mapping {
  const spoken = dialectsOf(attributes)
  if (spoken.length === 0) return { spanType: 'custom', attributes: {} }
  const reading = readSpan(attributes)
  const operation = operationOf(reading, spoken) ?? guessOperation(reading, spoken)
  const mapped = { ...mapBy(operation, reading, spoken, name), ...mapFramework(reading, spoken) }
  return {
    spanType: operation === 'embedding' ? 'llm_call' : operation,
    attributes: newOnes(mapped, attributes),
  }
}

function dialectsOf(attributes: Attributes): readonly Dialect[] {
  const spoken = new Set<Dialect>()
  for (const key in attributes) {
    for (const dialect of dialects) {
      if (!spoken.has(dialect) && speaks(key, dialect.prefixes)) spoken.add(dialect)
    }
  }
  return spoken.size === 0 ? [] : dialects.filter((dialect) => spoken.has(dialect))
}

function speaks(key: string, prefixes: readonly string[]): boolean {
  for (const prefix of prefixes) if (key.startsWith(prefix)) return true
  return false
}

function operationOf(reading: Reading, spoken: readonly Dialect[]): Operation | undefined {
  const tables = spoken.flatMap(({ operations }) => operations)
  const strong = tables.filter(({ isWeak }) => !isWeak)
  for (const { key, operations } of [...strong, ...tables]) {
    const word = firstText(reading, [{ read: 'text', key }]) ?? ''
    const known = [word, word.toLowerCase()].find((form) => Object.hasOwn(operations, form))
    if (known !== undefined) return operations[known]
  }
  return undefined
}

/** For tracers that name no operation: a model or tokens make a call, a tool's name a tool. */
function guessOperation(reading: Reading, spoken: readonly Dialect[]): Operation {
  const call = mapCall(reading, spoken, false)
  const hasTokens =
    call['llm.tokens.input'] !== undefined || call['llm.tokens.output'] !== undefined
  if (call['llm.model'] !== undefined || hasTokens) return 'llm_call'
  return spoken.some(({ tool }) => firstText(reading, tool?.name)) ? 'tool_use' : 'custom'
}

function mapBy(
  operation: Operation,
  reading: Reading,
  spoken: readonly Dialect[],
  name: string,
): Mapped {
  switch (operation) {
    case 'llm_call':
      return mapCall(reading, spoken, false)
    case 'embedding':
      return mapCall(reading, spoken, true)
    case 'tool_use': {
      const { name: told, ...rest } = fieldsOf(reading, spoken, 'tool')
      return { 'tool.name': told ?? name, 'tool.input': rest.input, 'tool.output': rest.output }
    }
    case 'agent_step': {
      const { name: told, input, output } = fieldsOf(reading, spoken, 'step')
      return { 'agent.step_name': told, 'agent.input': input, 'agent.output': output }
    }
    case 'chain': {
      const { input, output } = fieldsOf(reading, spoken, 'step')
      return { 'chain.input': input, 'chain.output': output }
    }
    case 'browser_action':
    case 'file_operation':
    case 'shell_command':
    case 'custom':
      return {}
  }
}

function fieldsOf(reading: Reading, spoken: readonly Dialect[], kind: 'tool' | 'step') {
  const field = (part: 'name' | 'input' | 'output') => {
    for (const dialect of spoken) {
      const text = firstText(reading, dialect[kind]?.[part])
      if (text !== undefined) return text
    }
    return undefined
  }
  return { name: field('name'), input: field('input'), output: field('output') }
}

/** Only what the scope or the provider names without doubt. */
function mapFramework(reading: Reading, spoken: readonly Dialect[]): Mapped {
  const { attributes } = reading
  if (spoken.includes(aiSdk)) return { 'agent.framework': 'vercel-ai' }
  const told = ['otel.scope.name', 'gen_ai.provider.name', 'gen_ai.system']
  const names = told.map((key) => attributes[key]).filter((word) => typeof word === 'string')
  return { 'agent.framework': names.map(frameworkName).find((found) => found !== undefined) }
}

function newOnes(mapped: Mapped, attributes: Attributes): Record<string, string | number> {
  const entries = Object.entries(mapped).flatMap(([key, value]) =>
    value === undefined || Object.hasOwn(attributes, key) ? [] : [[key, value] as const],
  )
  return Object.fromEntries(entries)
}
