import { isJsonObject, type JsonObject } from '../../../../platform/json.ts'
import type { Attributes, Source } from './dialect.ts'
import { parseJson, toJson } from './json.ts'

/** One span under the eyes of the tables. JSON text is parsed once, however many fields ask. */
export interface Reading {
  readonly attributes: Attributes
  /** Attributes of the event that holds what others write on the span itself. */
  readonly details: Attributes
  readonly events: readonly SpanEvent[]
  readonly parsed: Map<string, unknown>
}

export interface SpanEvent {
  readonly name: string
  readonly attributes: JsonObject
}

const detailsEvent = 'gen_ai.client.inference.operation.details'

export function readSpan(attributes: Attributes): Reading {
  const events = readEvents(attributes)
  const details = events.find(({ name }) => name === detailsEvent)?.attributes ?? {}
  return { attributes, details, events, parsed: new Map() }
}

/** Span events, or the list of the same kind that some tracers put into an attribute. */
function readEvents(attributes: Attributes): readonly SpanEvent[] {
  const own = toEvents(attributes['otel.events'])
  if (own.length > 0) return own
  const { events } = attributes
  return typeof events === 'string' ? toEvents(parseJson(events)) : []
}

function toEvents(list: unknown): SpanEvent[] {
  if (!Array.isArray(list)) return []
  return list.flatMap((event: unknown) => {
    if (!isJsonObject(event)) return []
    const name = event['name'] ?? event['event.name']
    const attributes = isJsonObject(event['attributes']) ? event['attributes'] : event
    return typeof name === 'string' && name.startsWith('gen_ai.') ? [{ name, attributes }] : []
  })
}

/** A value of the span, as it is or at a path inside it. */
export function valueAt(reading: Reading, key: string, path: readonly string[] = []): unknown {
  if (path.length === 0) return attributeOf(reading, key)
  return path.reduce<unknown>(memberOf, parsedAt(reading, key))
}

function attributeOf({ attributes, details }: Reading, key: string): unknown {
  return ownMember(attributes, key) ?? ownMember(details, key)
}

function ownMember(holder: JsonObject, name: string): unknown {
  return Object.hasOwn(holder, name) ? holder[name] : undefined
}

function memberOf(value: unknown, name: string): unknown {
  return isJsonObject(value) ? ownMember(value, name) : undefined
}

function parsedAt(reading: Reading, key: string): unknown {
  if (reading.parsed.has(key)) return reading.parsed.get(key)
  const value = attributeOf(reading, key)
  const parsed = typeof value === 'string' ? parseJson(value) : value
  reading.parsed.set(key, parsed)
  return parsed
}

/** The first source that says something. */
export function firstText(reading: Reading, sources: readonly Source[] = []): string | undefined {
  for (const source of sources) {
    const text = textFrom(reading, source)
    if (text !== undefined) return text
  }
  return undefined
}

export function firstNumber(reading: Reading, sources: readonly Source[] = []): number | undefined {
  for (const source of sources) {
    const number = numberFrom(reading, source)
    if (number !== undefined) return number
  }
  return undefined
}

function textFrom(reading: Reading, source: Source): string | undefined {
  if (source.read === 'sum' || source.read === 'number') return undefined
  const value = valueAt(reading, source.key, source.path)
  switch (source.read) {
    case 'text':
      return textOf(value)
    case 'first':
      return firstOf(value)
    case 'json':
      return typeof value === 'string' ? textOf(value) : jsonOf(value)
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function firstOf(value: unknown): string | undefined {
  const list = typeof value === 'string' ? (parseJson(value) ?? value) : value
  return textOf(Array.isArray(list) ? list[0] : list)
}

function jsonOf(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : toJson(value)
}

function numberFrom(reading: Reading, source: Source): number | undefined {
  if (source.read === 'sum') return sumFrom(reading, source)
  if (source.read !== 'number') return undefined
  return numberOf(valueAt(reading, source.key, source.path))
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

function sumFrom(
  reading: Reading,
  { key, name, prefix, except }: Extract<Source, { read: 'sum' }>,
): number | undefined {
  const holder = parsedAt(reading, key)
  if (!isJsonObject(holder)) return undefined
  const parts = Object.entries(holder).flatMap(([member, value]) => {
    const counts = member === name || (member.startsWith(prefix) && !except.includes(member))
    const number = counts ? numberOf(value) : undefined
    return number === undefined ? [] : [number]
  })
  return parts.length === 0 ? undefined : parts.reduce((total, part) => total + part, 0)
}
