import type { SpanStatus } from '@pharos/contract/vocabulary.ts'
import { addExactly, zeroSum, type ExactSum } from './exact-sum.ts'
import type { NewSpan, Span } from './span.ts'

/** Spans that arrived together from one caller. */
export interface IngestBatch {
  readonly spans: readonly NewSpan[]
  /** Unix seconds. */
  readonly receivedAt: number
  readonly ownerKey: string | null
}

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
  /** Set when a span's end moved back: the latest end must be asked from the rows. */
  readonly isEndStale: boolean
}

/** A span as the plan leaves it. `seq` is null until it is stored. */
export interface PlannedSpan extends Omit<Span, 'seq'> {
  readonly seq: number | null
}

export interface KnownState {
  readonly spans: ReadonlyMap<string, Span>
  readonly traces: ReadonlyMap<string, TraceHead>
}

export interface BatchReport {
  readonly accepted: number
  readonly rejected: number
  /** Ids of the entries to tell about, in the order of the request. */
  readonly told: readonly string[]
}

export interface IngestPlan {
  readonly inserted: readonly string[]
  readonly updated: readonly string[]
  readonly newTraces: readonly string[]
  readonly changedTraces: readonly string[]
  readonly spans: ReadonlyMap<string, PlannedSpan>
  readonly traces: ReadonlyMap<string, TraceHead>
  readonly reports: readonly BatchReport[]
}

/** Status of a trace: any error wins, then any unset span; a trace without spans is unset. */
export function statusOf(
  totals: Pick<TraceTotals, 'spanCount' | 'errorCount' | 'unsetCount'>,
): SpanStatus {
  if (totals.errorCount > 0) return 'error'
  return totals.unsetCount > 0 || totals.spanCount === 0 ? 'unset' : 'ok'
}

/**
 * Decides what a set of batches changes. A span seen before keeps its first trace, parent, type,
 * name and start, and takes the new status, error, end and attributes; one that names another
 * trace than at first is rejected, and so is one for a trace out of its caller's reach.
 * Source: beacon contract §2.4 with its repairs.
 */
export function planIngest(batches: readonly IngestBatch[], known: KnownState): IngestPlan {
  const spans = new Map<string, PlannedSpan>(known.spans)
  const traces = new Map<string, TraceHead>(known.traces)
  const inserted = new Set<string>()
  const updated = new Set<string>()
  const newTraces = new Set<string>()
  const changedTraces = new Set<string>()

  const take = (span: NewSpan, batch: IngestBatch): boolean => {
    const before = spans.get(span.spanId)
    if (before && before.traceId !== span.traceId) return false
    const head = traces.get(span.traceId)
    if (head && !mayAddTo(head, batch)) return false
    const after = before ? resend(before, span) : firstSeen(span, batch)
    spans.set(span.spanId, after)
    if (!before) inserted.add(span.spanId)
    else if (!inserted.has(span.spanId)) updated.add(span.spanId)

    if (!head) newTraces.add(span.traceId)
    else if (!newTraces.has(span.traceId)) changedTraces.add(span.traceId)
    const base = head ?? emptyHead(after, batch)
    traces.set(span.traceId, before ? exchange(base, before, after) : addSpan(base, after))
    return true
  }

  const reports = batches.map((batch): BatchReport => {
    let accepted = 0
    for (const span of batch.spans) if (take(span, batch)) accepted += 1
    return {
      accepted,
      rejected: batch.spans.length - accepted,
      told: batch.spans.map(({ spanId }) => spanId),
    }
  })
  settleNewEnds(traces, newTraces, spans, inserted)
  return {
    inserted: [...inserted],
    updated: [...updated],
    newTraces: [...newTraces],
    changedTraces: [...changedTraces],
    spans,
    traces,
    reports,
  }
}

/** A caller limited to one owner's rows reaches no other trace. */
function mayAddTo(head: TraceHead, batch: IngestBatch): boolean {
  return batch.ownerKey === null || batch.ownerKey === head.ownerKey
}

/** All spans of a new trace are at hand, so an end that moved back is found without the rows. */
function settleNewEnds(
  traces: Map<string, TraceHead>,
  newTraces: ReadonlySet<string>,
  spans: ReadonlyMap<string, PlannedSpan>,
  inserted: ReadonlySet<string>,
): void {
  const isStale = (id: string): boolean => traces.get(id)?.isEndStale === true
  const stale = new Set([...newTraces].filter(isStale))
  if (stale.size === 0) return
  const ends = new Map<string, number | null>()
  for (const spanId of inserted) {
    const span = spans.get(spanId)
    if (!span || !stale.has(span.traceId)) continue
    ends.set(span.traceId, laterOf(ends.get(span.traceId) ?? null, span.endTime))
  }
  for (const traceId of stale) {
    const head = traces.get(traceId)
    const endTime = ends.get(traceId) ?? null
    if (head) traces.set(traceId, { ...head, endTime, isEndStale: false })
  }
}

function firstSeen(span: NewSpan, batch: IngestBatch): PlannedSpan {
  return { ...span, seq: null, annotationsJson: '[]', createdAt: batch.receivedAt }
}

function resend(before: PlannedSpan, span: NewSpan): PlannedSpan {
  return {
    ...before,
    status: span.status,
    errorMessage: span.errorMessage,
    endTime: span.endTime,
    attributesJson: span.attributesJson,
    costUsd: span.costUsd,
    totalTokens: span.totalTokens,
    inputTokens: span.inputTokens,
    outputTokens: span.outputTokens,
    model: span.model,
    framework: span.framework,
  }
}

function emptyHead(first: PlannedSpan, batch: IngestBatch): TraceHead {
  return {
    seq: null,
    traceId: first.traceId,
    sdkLanguage: first.sdkLanguage,
    ownerKey: batch.ownerKey,
    createdAt: batch.receivedAt,
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

type Counted = Pick<
  PlannedSpan,
  'spanType' | 'status' | 'costUsd' | 'totalTokens' | 'attributesJson'
>

function count<H extends TraceHead>(head: H, span: Counted, sign: 1 | -1): H {
  const isLlmCall = span.spanType === 'llm_call'
  return {
    ...head,
    spanCount: head.spanCount + sign,
    errorCount: head.errorCount + (span.status === 'error' ? sign : 0),
    unsetCount: head.unsetCount + (span.status === 'unset' ? sign : 0),
    cost: isLlmCall ? addExactly(head.cost, sign * (span.costUsd ?? 0)) : head.cost,
    totalTokens: head.totalTokens + (isLlmCall ? sign * (span.totalTokens ?? 0) : 0),
    payloadSize: head.payloadSize + sign * span.attributesJson.length,
  }
}

function addSpan(head: TraceHead, span: PlannedSpan): TraceHead {
  const counted = count(head, span, 1)
  return {
    ...counted,
    ...earlierName(counted, span),
    startTime: Math.min(counted.startTime, span.startTime),
    endTime: laterOf(counted.endTime, span.endTime),
  }
}

function exchange(head: TraceHead, before: PlannedSpan, after: PlannedSpan): TraceHead {
  const counted = count(count(head, before, -1), after, 1)
  const wasLatest = before.endTime !== null && before.endTime === head.endTime
  const movedBack = wasLatest && (after.endTime === null || after.endTime < before.endTime)
  return {
    ...counted,
    endTime: laterOf(counted.endTime, after.endTime),
    isEndStale: head.isEndStale || movedBack,
  }
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

function laterOf(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b
  return Math.max(a, b)
}
