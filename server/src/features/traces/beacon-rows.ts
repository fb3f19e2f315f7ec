/** Rows of a Beacon database as our own. Pure. Source: beacon contract §2.1. */
import { SpanStatus, SpanType } from '@pharos/contract/vocabulary.ts'
import type { ForeignRow } from '../../platform/db/foreign-sqlite.ts'
import { isJsonObject } from '../../platform/json.ts'
import { annotationsToJson } from './annotations.ts'
import { parsePythonJson } from './beacon-json.ts'
import { newSpan, unsettled } from './span.ts'
import type { Annotation, PromptVersion, SpanRecord } from './span.ts'
import { toStorableText } from './storable.ts'

/** What the file says of a trace beside its figures, which are counted anew. */
export interface BeaconTraceRow {
  readonly traceId: string
  readonly name: string
  readonly startTime: number
  readonly endTime: number | null
  readonly tags: Readonly<Record<string, string>>
  readonly sdkLanguage: string | null
  readonly createdAt: number
}

export function fromBeaconTrace(row: ForeignRow): BeaconTraceRow {
  const createdAt = toTime(row['created_at']) ?? toTime(row['start_time']) ?? 0
  return {
    traceId: toText(row['trace_id']),
    name: toText(row['name']),
    startTime: toTime(row['start_time']) ?? createdAt,
    endTime: toTime(row['end_time']),
    tags: toTags(row['tags']),
    sdkLanguage: toTextOrNull(row['sdk_language']),
    createdAt,
  }
}

/**
 * A span with what a client said of it and what Beacon kept beside. JSON that cannot be read stays
 * as text in an attribute of its own, so that nothing is lost.
 */
export function fromBeaconSpan(row: ForeignRow): SpanRecord {
  const createdAt = toTime(row['created_at']) ?? toTime(row['start_time']) ?? 0
  const annotations = toAnnotations(row['annotations'])
  const span = newSpan({
    spanId: toText(row['span_id']),
    traceId: toText(row['trace_id']),
    parentSpanId: toTextOrNull(row['parent_span_id']),
    spanType: SpanType.safeParse(row['span_type']).data ?? 'custom',
    name: toText(row['name']),
    status: SpanStatus.safeParse(row['status']).data ?? 'unset',
    errorMessage: toTextOrNull(row['error_message']),
    startTime: toTime(row['start_time']) ?? createdAt,
    endTime: toTime(row['end_time']),
    sdkLanguage: toTextOrNull(row['sdk_language']),
    attributes: {
      ...toAttributes(row['attributes']),
      ...(annotations ? {} : { 'beacon.unreadable_annotations': toText(row['annotations']) }),
    },
  })
  const annotationsJson = annotationsToJson(annotations ?? [])
  return { ...span, ...unsettled(span), annotationsJson, createdAt }
}

export function fromBeaconPromptVersion(row: ForeignRow): PromptVersion {
  return {
    versionId: toText(row['version_id']),
    spanId: toText(row['span_id']),
    promptText: toText(row['prompt_text']),
    label: toTextOrNull(row['label']),
    createdAt: toTime(row['created_at']) ?? 0,
  }
}

function toAttributes(value: unknown): Readonly<Record<string, unknown>> {
  if (value === null) return {}
  const text = toText(value)
  const attributes = parsePythonJson(text)
  return isJsonObject(attributes) ? attributes : { 'beacon.unreadable_attributes': text }
}

function toTags(value: unknown): Readonly<Record<string, string>> {
  if (value === null) return {}
  const text = toText(value)
  const tags = parsePythonJson(text)
  if (!isJsonObject(tags)) return { 'beacon.unreadable_tags': text }
  const pairs = Object.entries(tags).map(([key, tag]): [string, string] => [
    toStorableText(key),
    toStorableText(typeof tag === 'string' ? tag : JSON.stringify(tag)),
  ])
  return Object.fromEntries(pairs)
}

/** Undefined when any part is none. */
function toAnnotations(value: unknown): Annotation[] | undefined {
  if (value === null || value === undefined) return []
  const list = parsePythonJson(toText(value))
  if (!Array.isArray(list)) return undefined
  const annotations = list.flatMap((entry: unknown) => toAnnotation(entry) ?? [])
  return annotations.length === list.length ? annotations : undefined
}

function toAnnotation(entry: unknown): Annotation | undefined {
  if (!isJsonObject(entry)) return undefined
  const { id, text, created_at: createdAt } = entry
  if (typeof id !== 'string' || typeof text !== 'string' || typeof createdAt !== 'number') {
    return undefined
  }
  return { id, text, createdAt }
}

/** SQLite lets a column hold anything whatever its declared type. */
function toText(value: unknown): string {
  if (typeof value === 'string') return toStorableText(value)
  if (value instanceof Uint8Array) return toStorableText(Buffer.from(value).toString('utf8'))
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : ''
}

function toTextOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : toText(value)
}

/** Beacon stored times that overflow as infinity; no time is better than that. */
function toTime(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
