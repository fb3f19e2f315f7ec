import { spanTypes, type SpanStatus, type SpanType } from '@pharos/contract/vocabulary.ts'
import { isJsonObject, type JsonObject } from '../../../platform/json.ts'
import { ownWords } from '../mapped-attributes.ts'
import type { SpanInput } from '../span.ts'
import { isNoId, isOpaqueId, toHexId } from './ids.ts'
import type { Entries, Origin } from './origin.ts'
import { mapSpan, mappingVersion } from './semantics/index.ts'
import { restOfNanos, secondsOfNanos } from './times.ts'
import {
  fromKeyValues,
  maxAttributeDepth,
  nestsDeeperThan,
  objectsIn,
  setMember,
  textOf,
} from './values.ts'

/**
 * How strictly a request is read. Standard: ids are 16 and 8 bytes in hexadecimal, a span without
 * them is rejected, and the SDK's language, the trace state and dropped counts are told. Lenient,
 * as Beacon has it: ids are any text, a span without them is passed over in silence.
 */
export type OtlpForm = 'standard' | 'lenient'

/** Why a span cannot be taken, in words for its sender. */
export type Refusal = string

/**
 * One span. A span that names its type itself says everything in our words; any other gets its
 * type and further attributes from what its tracer wrote. Undefined where nothing is to be told.
 */
export function fromOtlpSpan(
  span: JsonObject,
  origin: Origin,
  form: OtlpForm,
): SpanInput | Refusal | undefined {
  const ids = form === 'standard' ? standardIds(span) : lenientIds(span)
  if (ids === undefined || typeof ids === 'string') return ids
  const startTime = secondsOfNanos(span['startTimeUnixNano'] ?? 0)
  const endTime = secondsOfNanos(span['endTimeUnixNano'] ?? 0)
  if (startTime === undefined) return 'startTimeUnixNano is not a number'
  if (endTime === undefined) return 'endTimeUnixNano is not a number'

  const attributes = fromKeyValues(span['attributes'])
  const status = statusOf(span['status'])
  const namedType = spanTypes.find((type) => type === attributes['span_type'])
  const errorMessage = textOf(attributes['error.message']) ?? statusMessage(span['status'], status)
  delete attributes['span_type']
  delete attributes['error.message']
  for (const [key, value] of origin.entries) addIfLacking(attributes, key, value)
  for (const [key, value] of besides(span, form)) addIfLacking(attributes, key, value)
  if (nestsDeeperThan(attributes, maxAttributeDepth)) return 'attributes nest too deep'

  const name = textOf(span['name']) ?? 'unknown'
  return {
    ...ids,
    ...meaningOf(namedType, name, attributes),
    name,
    status,
    errorMessage,
    startTime,
    startNanosRest: restOfNanos(span['startTimeUnixNano'], startTime),
    endTime: endTime > 0 ? endTime : null,
    endNanosRest: endTime > 0 ? restOfNanos(span['endTimeUnixNano'], endTime) : null,
    sdkLanguage: form === 'standard' ? origin.sdkLanguage : null,
    attributes,
  }
}

function addIfLacking(attributes: Record<string, unknown>, key: string, value: unknown): void {
  if (!Object.hasOwn(attributes, key)) setMember(attributes, key, value)
}

type Ids = Pick<SpanInput, 'traceId' | 'spanId' | 'parentSpanId'>

function standardIds(span: JsonObject): Ids | Refusal {
  const traceId = toHexId(span['traceId'], 16)
  const spanId = toHexId(span['spanId'], 8)
  const parent = span['parentSpanId']
  const parentSpanId = isNoId(parent) ? null : toHexId(parent, 8)
  if (traceId === undefined) return 'traceId is not 16 bytes in hexadecimal'
  if (spanId === undefined) return 'spanId is not 8 bytes in hexadecimal'
  if (parentSpanId === undefined) return 'parentSpanId is not 8 bytes in hexadecimal'
  return { traceId, spanId, parentSpanId }
}

function lenientIds(span: JsonObject): Ids | Refusal | undefined {
  const traceId = span['traceId'] ?? ''
  const spanId = span['spanId'] ?? ''
  const parentSpanId = span['parentSpanId'] ?? ''
  if (traceId === '' || spanId === '') return undefined
  if (!isOpaqueId(traceId)) return 'traceId is not a usable text'
  if (!isOpaqueId(spanId)) return 'spanId is not a usable text'
  if (!isOpaqueId(parentSpanId)) return 'parentSpanId is not a usable text'
  return { traceId, spanId, parentSpanId: parentSpanId === '' ? null : parentSpanId }
}

function meaningOf(
  namedType: SpanType | undefined,
  name: string,
  given: JsonObject,
): Pick<SpanInput, 'spanType' | 'mapped'> {
  if (namedType !== undefined) {
    return { spanType: namedType, mapped: { version: ownWords, attributes: {} } }
  }
  const { spanType, attributes } = mapSpan(name, given)
  return { spanType, mapped: { version: mappingVersion, attributes } }
}

/** Enumerations may come as number or as name. */
function statusOf(status: unknown): SpanStatus {
  const code = isJsonObject(status) ? status['code'] : undefined
  if (code === 1 || code === 'STATUS_CODE_OK') return 'ok'
  return code === 2 || code === 'STATUS_CODE_ERROR' ? 'error' : 'unset'
}

function statusMessage(status: unknown, meaning: SpanStatus): string | null {
  if (meaning !== 'error' || !isJsonObject(status)) return null
  return textOf(status['message']) || null
}

/** What a span says outside its attributes. */
function besides(span: JsonObject, form: OtlpForm): Entries {
  const entries: [string, unknown][] = []
  const kind = kinds.get(span['kind'])
  const events = objectsIn(span['events'])
  const links = objectsIn(span['links'])
  if (kind !== undefined) entries.push(['otel.kind', kind])
  if (events.length > 0) entries.push(['otel.events', events.map(toEvent)])
  if (links.length > 0) entries.push(['otel.links', links.map((link) => toLink(link, form))])
  if (form === 'lenient') return entries
  const { traceState } = span
  if (typeof traceState === 'string' && traceState !== '') {
    entries.push(['otel.trace_state', traceState])
  }
  for (const [key, field] of droppedCounts) {
    const count = span[field]
    if (typeof count === 'number' && count > 0) entries.push([key, count])
  }
  return entries
}

/** Names of the dropped counts as OpenTelemetry gives them to other formats. */
const droppedCounts = [
  ['otel.dropped_attributes_count', 'droppedAttributesCount'],
  ['otel.dropped_events_count', 'droppedEventsCount'],
  ['otel.dropped_links_count', 'droppedLinksCount'],
] as const

/** The kinds that tell something, by number and by name; unspecified and internal do not. */
const kinds = new Map<unknown, string>([
  [2, 'server'],
  [3, 'client'],
  [4, 'producer'],
  [5, 'consumer'],
  ['SPAN_KIND_SERVER', 'server'],
  ['SPAN_KIND_CLIENT', 'client'],
  ['SPAN_KIND_PRODUCER', 'producer'],
  ['SPAN_KIND_CONSUMER', 'consumer'],
])

function toEvent({ name, timeUnixNano, attributes }: JsonObject): JsonObject {
  return {
    name: textOf(name) ?? '',
    time: secondsOfNanos(timeUnixNano) ?? null,
    attributes: fromKeyValues(attributes),
  }
}

function toLink({ traceId, spanId, traceState, attributes }: JsonObject, form: OtlpForm) {
  const idOf = (id: unknown): string | null =>
    form === 'standard' ? textOf(id)?.toLowerCase() || null : textOf(id)
  return {
    trace_id: idOf(traceId),
    span_id: idOf(spanId),
    ...(typeof traceState === 'string' && traceState !== '' ? { trace_state: traceState } : {}),
    attributes: fromKeyValues(attributes),
  }
}
