import { addExactly, zeroSum } from '../../platform/exact-sum.ts'
import { unsettled, type NewSpan } from './span.ts'
import { toStorableTags, toStorableText, toStorableTime } from './storable.ts'
import { payloadSizeOf, type PlannedSpan, type TraceHead } from './trace-head.ts'

/** What the file says of the trace. Its figures are not taken over but counted anew. */
export interface ImportedTrace {
  readonly traceId: string
  readonly name: string
  readonly startTime: number
  readonly endTime: number | null
  readonly tags: Readonly<Record<string, string>>
  readonly sdkLanguage: string | null
}

export interface ImportedSpan extends NewSpan {
  readonly annotationsJson: string
}

/**
 * Sums over all spans whatever their type; tags are the file's in storable text.
 * Source: beacon contract §1.3-10.
 */
export function planImport(
  trace: ImportedTrace,
  spans: readonly ImportedSpan[],
  at: { readonly receivedAt: number; readonly ownerKey: string | null },
): { head: TraceHead; tags: Record<string, string>; spans: PlannedSpan[] } {
  const { traceId, name, sdkLanguage } = trace
  const planned = spans.map((span): PlannedSpan => ({
    ...span,
    ...unsettled(span),
    traceId,
    seq: null,
    createdAt: at.receivedAt,
  }))
  const startTime = toStorableTime(trace.startTime)
  const head: TraceHead = {
    seq: null,
    traceId,
    sdkLanguage: sdkLanguage === null ? null : toStorableText(sdkLanguage),
    ownerKey: at.ownerKey,
    createdAt: at.receivedAt,
    mayRepeatUsage: false,
    isUnsettled: planned.some(({ isUnpriced }) => isUnpriced),
    isEndStale: false,
    name: toStorableText(name),
    // The file names the trace: only a root that starts earlier than the file says may rename it.
    nameStart: startTime,
    nameSpanId: '',
    nameIsRoot: true,
    startTime,
    endTime: trace.endTime === null ? null : toStorableTime(trace.endTime),
    spanCount: spans.length,
    errorCount: spans.filter(({ status }) => status === 'error').length,
    unsetCount: spans.filter(({ status }) => status === 'unset').length,
    cost: spans.reduce((sum, { costUsd }) => addExactly(sum, costUsd ?? 0), zeroSum),
    totalTokens: spans.reduce((sum, { totalTokens }) => sum + (totalTokens ?? 0), 0),
    payloadSize: spans.reduce((sum, span) => sum + payloadSizeOf(span), 0),
  }
  return { head, tags: toStorableTags(trace.tags), spans: planned }
}
