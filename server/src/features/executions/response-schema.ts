import type { JsonMap, JsonValue } from '../completion/index.ts'
import { isJsonList, isJsonMap } from '../completion/index.ts'

/** Words that OpenAI's strict mode knows. */
const strictWords: ReadonlySet<string> = new Set([
  'type',
  'description',
  'enum',
  'const',
  'properties',
  'items',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'additionalProperties',
  'anyOf',
  '$ref',
  '$defs',
  'definitions',
])

/** Words under which schemas stand by names of their maker's. */
const naming: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions'])

/**
 * A schema as OpenAI's strict mode takes it: without the words that it refuses, every property
 * required and no others allowed unless it says so. Source: hypersigil contract §5.3.
 */
export function strictSchema(schema: JsonMap): JsonMap {
  const kept = Object.entries(schema).flatMap(([word, value]): [string, JsonValue][] =>
    strictWords.has(word) ? [[word, within(word, value)]] : [],
  )
  const { properties } = schema
  if (!isJsonMap(properties)) return Object.fromEntries(kept)
  const required = Object.keys(properties)
  return { additionalProperties: false, ...Object.fromEntries(kept), required }
}

function within(word: string, value: JsonValue): JsonValue {
  if (isJsonList(value)) return word === 'anyOf' ? value.map(strictOf) : value
  if (!isJsonMap(value)) return value
  if (!naming.has(word)) return word === 'items' ? strictSchema(value) : value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, strictOf(one)]))
}

function strictOf(value: JsonValue): JsonValue {
  return isJsonMap(value) ? strictSchema(value) : value
}
