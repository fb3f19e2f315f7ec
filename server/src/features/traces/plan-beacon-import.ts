import type { BeaconTraceRow } from './beacon-rows.ts'
import { zeroSum } from '../../platform/exact-sum.ts'
import { planIngest } from './plan-ingest.ts'
import type { SpanRecord } from './span.ts'
import type { TraceHead } from './trace-head.ts'

/**
 * The summary of a trace from an earlier store, before its spans are counted. It keeps the name,
 * the language and the time of first arrival that it had there.
 */
export function beginTrace(trace: BeaconTraceRow): TraceHead {
  const { traceId, name, startTime, endTime, sdkLanguage, createdAt } = trace
  return {
    seq: null,
    ownerKey: null,
    mayRepeatUsage: false,
    isUnsettled: false,
    isEndStale: false,
    traceId,
    name,
    startTime,
    endTime,
    sdkLanguage,
    createdAt,
    nameStart: startTime,
    nameSpanId: '',
    nameIsRoot: false,
    spanCount: 0,
    errorCount: 0,
    unsetCount: 0,
    totalTokens: 0,
    payloadSize: 0,
    cost: zeroSum,
  }
}

/** Counts spans in, as if they arrived now, but for what the trace keeps. */
export function addSpans(head: TraceHead, spans: readonly SpanRecord[]): TraceHead {
  if (spans.length === 0) return head
  const batch = { spans, receivedAt: head.createdAt, ownerKey: null, announce: 'never' } as const
  const known = head.spanCount === 0 ? [] : [[head.traceId, head] as const]
  const plan = planIngest([batch], { spans: new Map(), traces: new Map(known) })
  const { name, sdkLanguage, createdAt } = head
  return { ...(plan.traces.get(head.traceId) ?? head), name, sdkLanguage, createdAt }
}
