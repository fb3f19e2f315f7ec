/**
 * OTLP/HTTP JSON as spans. Pure, and never throws: what is malformed costs as little as it can.
 * A span that lacks an id is passed over in silence; one whose ids or times cannot be read is
 * rejected and counted; any smaller piece is left out of its span. A list that is null is empty.
 * Source: beacon contract Appendix B and §13.2, rulings §12.
 */
import { Id, isJsonObject, type JsonObject } from '@pharos/contract/beacon/scalars.ts'
import { spanTypes, type SpanStatus, type SpanType } from '@pharos/contract/vocabulary.ts'
import type { SpanInput } from '../../features/traces/index.ts'
import { secondsOfNanos } from './otlp-time.ts'
import {
  fromKeyValues,
  maxAttributeDepth,
  nestsDeeperThan,
  objectsIn,
  textOf,
} from './otlp-value.ts'

export interface MappedOtlp {
  readonly spans: SpanInput[]
  readonly rejected: number
  /** Each kind of fault once. */
  readonly reasons: string[]
}

type Entries = readonly (readonly [string, unknown])[]
type Refusal = string

/**
 * Spans out of an `ExportTraceServiceRequest`. Attributes keep their names and order; what OTLP
 * says beside them follows under `otel.resource.*`, `otel.scope.*`, `otel.kind`, `otel.events`
 * and `otel.links`, unless the span has an attribute of that name itself.
 */
export function fromOtlp(body: unknown): MappedOtlp {
  const spans: SpanInput[] = []
  const reasons = new Set<string>()
  let rejected = 0
  for (const outcome of outcomesOf(body)) {
    if (typeof outcome === 'string') {
      rejected += 1
      reasons.add(outcome)
    } else spans.push(outcome)
  }
  return { spans, rejected, reasons: [...reasons] }
}

function* outcomesOf(body: unknown): Generator<SpanInput | Refusal> {
  if (!isJsonObject(body)) return
  for (const resourceSpans of elementsOf(body, 'resourceSpans')) {
    if (typeof resourceSpans === 'string') {
      yield resourceSpans
      continue
    }
    const resource = resourceEntries(resourceSpans['resource'])
    for (const scopeSpans of elementsOf(resourceSpans, 'scopeSpans')) {
      if (typeof scopeSpans === 'string') yield scopeSpans
      else yield* outcomesOfScope(scopeSpans, resource)
    }
  }
}

function* outcomesOfScope(
  scopeSpans: JsonObject,
  resource: Entries,
): Generator<SpanInput | Refusal> {
  const inherited = [...resource, ...scopeEntries(scopeSpans['scope'])]
  for (const span of elementsOf(scopeSpans, 'spans')) {
    const outcome = typeof span === 'string' ? span : fromSpan(span, inherited)
    if (outcome !== undefined) yield outcome
  }
}

function* elementsOf(holder: JsonObject, field: string): Generator<JsonObject | Refusal> {
  const list = holder[field] ?? []
  if (!Array.isArray(list)) {
    yield `${field} is not a list`
    return
  }
  for (const element of list as unknown[]) {
    yield isJsonObject(element) ? element : `${field} holds something that is not an object`
  }
}

/** Undefined for a span without ids. */
function fromSpan(span: JsonObject, inherited: Entries): SpanInput | Refusal | undefined {
  const traceId = span['traceId'] ?? ''
  const spanId = span['spanId'] ?? ''
  const parentSpanId = span['parentSpanId'] ?? ''
  if (traceId === '' || spanId === '') return undefined
  if (!isId(traceId)) return 'traceId is not a usable text'
  if (!isId(spanId)) return 'spanId is not a usable text'
  if (!isId(parentSpanId)) return 'parentSpanId is not a usable text'

  const startTime = secondsOfNanos(span['startTimeUnixNano'] ?? 0)
  const endTime = secondsOfNanos(span['endTimeUnixNano'] ?? 0)
  if (startTime === undefined) return 'startTimeUnixNano is not a number'
  if (endTime === undefined) return 'endTimeUnixNano is not a number'

  const own = new Map(fromKeyValues(span['attributes']))
  const status = statusOf(span['status'])
  const taken = {
    spanType: spanTypeOf(own.get('span_type')),
    errorMessage: textOf(own.get('error.message')) ?? statusMessage(span['status'], status),
  }
  own.delete('span_type')
  own.delete('error.message')
  for (const [key, value] of [...inherited, ...besides(span)]) {
    if (!own.has(key)) own.set(key, value)
  }
  const attributes = Object.fromEntries(own)
  if (nestsDeeperThan(attributes, maxAttributeDepth)) return 'attributes nest too deep'

  return {
    ...taken,
    spanId,
    traceId,
    parentSpanId: parentSpanId === '' ? null : parentSpanId,
    name: textOf(span['name']) ?? 'unknown',
    status,
    startTime,
    endTime: endTime > 0 ? endTime : null,
    sdkLanguage: null,
    attributes,
  }
}

/** The same rule as for spans of the SDKs. */
function isId(value: unknown): value is string {
  return Id.safeParse(value).success
}

function spanTypeOf(value: unknown): SpanType {
  return spanTypes.find((type) => type === value) ?? 'custom'
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

function resourceEntries(resource: unknown): Entries {
  return isJsonObject(resource) ? prefixed('otel.resource.', resource['attributes']) : []
}

function scopeEntries(scope: unknown): Entries {
  if (!isJsonObject(scope)) return []
  const { name, version } = scope
  const named: Entries = [
    ['otel.scope.name', name],
    ['otel.scope.version', version],
  ]
  const isText = ([, value]: Entries[number]) => typeof value === 'string' && value !== ''
  return [...named.filter(isText), ...prefixed('otel.scope.', scope['attributes'])]
}

function prefixed(prefix: string, keyValues: unknown): Entries {
  return fromKeyValues(keyValues).map(([key, value]) => [prefix + key, value])
}

/** What a span says outside its attributes. */
function besides(span: JsonObject): Entries {
  const kind = kindOf(span['kind'])
  const events = objectsIn(span['events']).map(toEvent)
  const links = objectsIn(span['links']).map(toLink)
  return [
    ...(kind === undefined ? [] : [['otel.kind', kind] as const]),
    ...(events.length === 0 ? [] : [['otel.events', events] as const]),
    ...(links.length === 0 ? [] : [['otel.links', links] as const]),
  ]
}

/** The kinds that tell something, at their number less 2; unspecified and internal do not. */
const kinds = ['server', 'client', 'producer', 'consumer'] as const

function kindOf(kind: unknown): string | undefined {
  return kinds.find((name, at) => kind === at + 2 || kind === `SPAN_KIND_${name.toUpperCase()}`)
}

function toEvent({ name, timeUnixNano, attributes }: JsonObject): JsonObject {
  return {
    name: textOf(name) ?? '',
    time: secondsOfNanos(timeUnixNano) ?? null,
    attributes: Object.fromEntries(fromKeyValues(attributes)),
  }
}

function toLink({ traceId, spanId, traceState, attributes }: JsonObject): JsonObject {
  return {
    trace_id: textOf(traceId),
    span_id: textOf(spanId),
    ...(typeof traceState === 'string' && traceState !== '' ? { trace_state: traceState } : {}),
    attributes: Object.fromEntries(fromKeyValues(attributes)),
  }
}
