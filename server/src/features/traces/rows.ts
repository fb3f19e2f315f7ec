import { SpanStatus, SpanType } from '@pharos/contract/vocabulary.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { Span, Trace } from './span.ts'
import { statusOf, type PlannedSpan, type TraceHead } from './trace-head.ts'

type TraceRow = Schema['traces']
type SpanRow = Schema['spans']

export function toSpan(
  row: SpanRow & { readonly attributes: string; readonly mapped: string | null },
): Span {
  return {
    seq: row.seq,
    spanId: row.span_id,
    traceId: row.trace_id,
    parentSpanId: row.parent_span_id,
    spanType: toSpanType(row.span_type),
    name: row.name,
    status: toStatus(row.status),
    errorMessage: row.error_message,
    startTime: row.start_time,
    startNanosRest: row.start_nanos_rest,
    endTime: row.end_time,
    endNanosRest: row.end_nanos_rest,
    annotationsJson: row.annotations,
    sdkLanguage: row.sdk_language,
    createdAt: row.created_at,
    costUsd: row.cost_usd,
    totalTokens: row.total_tokens,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    model: row.model,
    framework: row.framework,
    ...toUse(row),
    attributesJson: row.attributes,
    mappedJson: row.mapped,
  }
}

/** What a price depends on and what came of it. */
function toUse(row: SpanRow) {
  return {
    provider: row.provider,
    cacheReadTokens: row.cache_read_tokens,
    cacheWriteTokens: row.cache_write_tokens,
    reasoningTokens: row.reasoning_tokens,
    computedCostUsd: row.computed_cost_usd,
    priceJson: row.price,
    isUnpriced: row.is_unpriced === 1,
    mappingVersion: row.mapping_version,
    countsUsage: row.counts_usage === 1,
  }
}

export function fromSpan(seq: number, span: PlannedSpan): SpanRow {
  return {
    ...fromSpanChange(span),
    seq,
    span_id: span.spanId,
    trace_id: span.traceId,
    parent_span_id: span.parentSpanId,
    span_type: span.spanType,
    name: span.name,
    start_time: span.startTime,
    start_nanos_rest: span.startNanosRest,
    annotations: span.annotationsJson,
    sdk_language: span.sdkLanguage,
    created_at: span.createdAt,
  }
}

/** The columns that a re-sent span replaces. */
export function fromSpanChange(span: PlannedSpan) {
  return {
    status: span.status,
    error_message: span.errorMessage,
    end_time: span.endTime,
    end_nanos_rest: span.endNanosRest,
    cost_usd: span.costUsd,
    total_tokens: span.totalTokens,
    input_tokens: span.inputTokens,
    output_tokens: span.outputTokens,
    model: span.model,
    framework: span.framework,
    provider: span.provider,
    cache_read_tokens: span.cacheReadTokens,
    cache_write_tokens: span.cacheWriteTokens,
    reasoning_tokens: span.reasoningTokens,
    computed_cost_usd: span.computedCostUsd,
    price: span.priceJson,
    is_unpriced: span.isUnpriced ? 1 : 0,
    mapping_version: span.mappingVersion,
    counts_usage: span.countsUsage ? 1 : 0,
  }
}

export function toTrace(row: TraceRow): Trace {
  return {
    seq: row.seq,
    traceId: row.trace_id,
    name: row.name,
    startTime: row.start_time,
    endTime: row.end_time,
    spanCount: row.span_count,
    status: toStatus(row.status),
    totalCostUsd: row.total_cost_usd,
    totalTokens: row.total_tokens,
    tags: toTags(row.tags),
    sdkLanguage: row.sdk_language,
    ownerKey: row.owner_key,
    createdAt: row.created_at,
  }
}

export function toTraceHead(row: TraceRow): TraceHead {
  return {
    seq: row.seq,
    traceId: row.trace_id,
    sdkLanguage: row.sdk_language,
    ownerKey: row.owner_key,
    createdAt: row.created_at,
    mayRepeatUsage: row.may_repeat_usage === 1,
    isUnsettled: row.is_unsettled === 1,
    isEndStale: false,
    name: row.name,
    nameStart: row.name_start,
    nameSpanId: row.name_span_id,
    nameIsRoot: row.name_is_root === 1,
    startTime: row.start_time,
    endTime: row.end_time,
    spanCount: row.span_count,
    errorCount: row.error_count,
    unsetCount: row.unset_count,
    cost: { sum: row.total_cost_usd, remainder: row.cost_remainder },
    totalTokens: row.total_tokens,
    payloadSize: row.payload_size,
  }
}

/** The columns that follow from a trace's spans. */
export function fromTotals(head: TraceHead) {
  return {
    name: head.name,
    name_start: head.nameStart,
    name_span_id: head.nameSpanId,
    name_is_root: head.nameIsRoot ? 1 : 0,
    start_time: head.startTime,
    end_time: head.endTime,
    span_count: head.spanCount,
    error_count: head.errorCount,
    unset_count: head.unsetCount,
    status: statusOf(head),
    total_cost_usd: head.cost.sum,
    cost_remainder: head.cost.remainder,
    total_tokens: head.totalTokens,
    payload_size: head.payloadSize,
    may_repeat_usage: head.mayRepeatUsage ? 1 : 0,
    is_unsettled: head.isUnsettled ? 1 : 0,
  }
}

export function fromNewTrace(
  seq: number,
  head: TraceHead,
  tags: Readonly<Record<string, string>>,
): TraceRow {
  return {
    seq,
    trace_id: head.traceId,
    tags: JSON.stringify(tags),
    sdk_language: head.sdkLanguage,
    owner_key: head.ownerKey,
    created_at: head.createdAt,
    ...fromTotals(head),
  }
}

/** Our own column: only `putTags` and `importTrace` write it, from checked input. */
function toTags(json: string): Readonly<Record<string, string>> {
  const tags: unknown = JSON.parse(json)
  return tags as Record<string, string>
}

export function toStatus(text: string): SpanStatus {
  return SpanStatus.parse(text)
}

export function toSpanType(text: string): SpanType {
  return SpanType.parse(text)
}
