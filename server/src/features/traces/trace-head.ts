/** A trace's summary as a fold over its spans: each may be added, or exchanged for a later one. */
import type { SpanStatus } from '@pharos/contract/vocabulary.ts'
import { addExactly, zeroSum, type ExactSum } from '../../platform/exact-sum.ts'
import type { Span } from './span.ts'
import { hasTokens } from './usage.ts'

/** What a trace adds up to; every field follows from its spans and can be kept up step by step. */
export interface TraceTotals {
  readonly name: string
  readonly nameStart: number
  readonly nameSpanId: string
  readonly nameIsRoot: boolean
  readonly startTime: number
  readonly endTime: number | null
  readonly spanCount: number
  readonly errorCount: number
  readonly unsetCount: number
  readonly cost: ExactSum
  readonly totalTokens: number
  /** Characters of JSON that its spans' attributes take. */
  readonly payloadSize: number
}

export interface TraceHead extends TraceTotals {
  readonly seq: number | null
  readonly traceId: string
  readonly sdkLanguage: string | null
  readonly ownerKey: string | null
  readonly createdAt: number
  /** A mapped model call of it has usage, which may be that of calls below it. */
  readonly mayRepeatUsage: boolean
  /** Costs or nesting of its spans are still to be worked out. */
  readonly isUnsettled: boolean
  /** Set when a span's end moved back: the latest end must be asked from the rows. */
  readonly isEndStale: boolean
}

/** A span as a plan leaves it. `seq` is null until it is stored. */
export interface PlannedSpan extends Omit<Span, 'seq'> {
  readonly seq: number | null
}

/** Status of a trace: any error wins, then any unset span; a trace without spans is unset. */
export function statusOf(
  totals: Pick<TraceTotals, 'spanCount' | 'errorCount' | 'unsetCount'>,
): SpanStatus {
  if (totals.errorCount > 0) return 'error'
  return totals.unsetCount > 0 || totals.spanCount === 0 ? 'unset' : 'ok'
}

/** A trace that begins with this span, before the span is counted. */
export function emptyHead(
  first: PlannedSpan,
  from: { readonly receivedAt: number; readonly ownerKey: string | null },
): TraceHead {
  return {
    seq: null,
    traceId: first.traceId,
    sdkLanguage: first.sdkLanguage,
    ownerKey: from.ownerKey,
    createdAt: from.receivedAt,
    mayRepeatUsage: false,
    isUnsettled: false,
    isEndStale: false,
    name: first.name,
    nameStart: first.startTime,
    nameSpanId: first.spanId,
    nameIsRoot: first.parentSpanId === null,
    startTime: first.startTime,
    endTime: null,
    spanCount: 0,
    errorCount: 0,
    unsetCount: 0,
    cost: zeroSum,
    totalTokens: 0,
    payloadSize: 0,
  }
}

/** The head with one more span. */
export function addSpan(head: TraceHead, span: PlannedSpan): TraceHead {
  const counted = count(head, span, 1)
  return marked(
    {
      ...counted,
      ...earlierName(counted, span),
      startTime: Math.min(counted.startTime, span.startTime),
      endTime: laterOf(counted.endTime, span.endTime),
    },
    span,
  )
}

/** The head with a span as it is now in place of what it was. */
export function exchange(head: TraceHead, before: PlannedSpan, after: PlannedSpan): TraceHead {
  const counted = count(count(head, before, -1), after, 1)
  const wasLatest = before.endTime !== null && before.endTime === head.endTime
  const movedBack = wasLatest && (after.endTime === null || after.endTime < before.endTime)
  return marked(
    {
      ...counted,
      endTime: laterOf(counted.endTime, after.endTime),
      isEndStale: head.isEndStale || movedBack,
    },
    after,
  )
}

/**
 * The head with one span less. Its name, start and end are as before: they must be asked from the
 * rows. Usage that the span repeated, or was the link to, is to be settled anew.
 */
export function takeSpan(head: TraceHead, span: PlannedSpan): TraceHead {
  const isUnsettled = head.isUnsettled || head.mayRepeatUsage
  return { ...count(head, span, -1), isUnsettled }
}

type Used = Pick<
  PlannedSpan,
  'spanType' | 'costUsd' | 'computedCostUsd' | 'countsUsage' | 'totalTokens'
>

/** Exchanges what a span counted for what it counts now. */
export function exchangeUsage(head: TraceHead, before: Used, after: Used): TraceHead {
  return { ...head, ...usageAfter(usageAfter(head, before, -1), after, 1) }
}

/** Only model calls that do not repeat the usage of others count. */
function usageAfter(
  { cost, totalTokens }: Pick<TraceTotals, 'cost' | 'totalTokens'>,
  span: Used,
  sign: 1 | -1,
): Pick<TraceTotals, 'cost' | 'totalTokens'> {
  if (span.spanType !== 'llm_call' || !span.countsUsage) return { cost, totalTokens }
  return {
    cost: addExactly(cost, sign * (span.costUsd ?? span.computedCostUsd ?? 0)),
    totalTokens: totalTokens + sign * (span.totalTokens ?? 0),
  }
}

/** Characters of JSON that a span's attributes take. */
export function payloadSizeOf(span: Pick<Span, 'attributesJson' | 'mappedJson'>): number {
  return span.attributesJson.length + (span.mappedJson?.length ?? 0)
}

export function laterOf(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b
  return Math.max(a, b)
}

function count(head: TraceHead, span: PlannedSpan, sign: 1 | -1): TraceHead {
  const { cost, totalTokens } = usageAfter(head, span, sign)
  return {
    ...head,
    spanCount: head.spanCount + sign,
    errorCount: head.errorCount + (span.status === 'error' ? sign : 0),
    unsetCount: head.unsetCount + (span.status === 'unset' ? sign : 0),
    cost,
    totalTokens,
    payloadSize: head.payloadSize + sign * payloadSizeOf(span),
  }
}

/**
 * Notes what is left for settling: a price, or who repeats whose usage. The latter may change with
 * any span, one without usage too, since it may be the link between two that have some.
 */
function marked(head: TraceHead, span: PlannedSpan): TraceHead {
  const mayRepeatUsage = head.mayRepeatUsage || isMappedUse(span)
  const isUnsettled = head.isUnsettled || span.isUnpriced || mayRepeatUsage
  if (mayRepeatUsage === head.mayRepeatUsage && isUnsettled === head.isUnsettled) return head
  return { ...head, mayRepeatUsage, isUnsettled }
}

function isMappedUse(span: PlannedSpan): boolean {
  if (span.mappingVersion === null || span.spanType !== 'llm_call') return false
  return hasTokens(span) || (span.costUsd ?? 0) !== 0
}

/** A trace is named by its earliest root, or while it has none by its earliest span. */
function earlierName(head: TraceHead, span: PlannedSpan): Partial<TraceHead> {
  const isRoot = span.parentSpanId === null
  if (isRoot !== head.nameIsRoot) return isRoot ? nameFrom(span, true) : {}
  if (span.startTime !== head.nameStart) {
    return span.startTime < head.nameStart ? nameFrom(span, isRoot) : {}
  }
  return span.spanId < head.nameSpanId ? nameFrom(span, isRoot) : {}
}

function nameFrom(span: PlannedSpan, isRoot: boolean): Partial<TraceHead> {
  return {
    name: span.name,
    nameStart: span.startTime,
    nameSpanId: span.spanId,
    nameIsRoot: isRoot,
  }
}
