import type { Announce } from './events.ts'
import { resend } from './resend.ts'
import { unsettled, type NewSpan, type Span } from './span.ts'
import {
  addSpan,
  emptyHead,
  exchange,
  laterOf,
  type PlannedSpan,
  type TraceHead,
} from './trace-head.ts'

/** Spans that arrived together from one caller. */
export interface IngestBatch {
  readonly spans: readonly NewSpan[]
  /** Unix seconds. */
  readonly receivedAt: number
  readonly ownerKey: string | null
  readonly announce: Announce
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
  /** How each new trace is announced: as the batch that began it says. */
  readonly announcements: ReadonlyMap<string, Announce>
  readonly changedTraces: readonly string[]
  readonly spans: ReadonlyMap<string, PlannedSpan>
  readonly traces: ReadonlyMap<string, TraceHead>
  readonly reports: readonly BatchReport[]
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
  const announcements = new Map<string, Announce>()
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

    if (!head) announcements.set(span.traceId, batch.announce)
    else if (!announcements.has(span.traceId)) changedTraces.add(span.traceId)
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
      told: batch.announce === 'never' ? [] : batch.spans.map(({ spanId }) => spanId),
    }
  })
  const newTraces = [...announcements.keys()]
  refreshNewEnds(traces, newTraces, spans, inserted)
  return {
    inserted: [...inserted],
    updated: [...updated],
    newTraces,
    announcements,
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
function refreshNewEnds(
  traces: Map<string, TraceHead>,
  newTraces: readonly string[],
  spans: ReadonlyMap<string, PlannedSpan>,
  inserted: ReadonlySet<string>,
): void {
  const isStale = (id: string): boolean => traces.get(id)?.isEndStale === true
  const stale = new Set(newTraces.filter(isStale))
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
  const { receivedAt: createdAt } = batch
  return { ...span, ...unsettled(span), seq: null, annotationsJson: '[]', createdAt }
}
