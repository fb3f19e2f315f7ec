import type { BusEvent } from '../../platform/bus/event.ts'
import type { SpanRecord, Trace } from './span.ts'

export const spansTopic = 'traces.spans'

/**
 * What sockets hear of a new trace: `after` its first batch, before its `first` span, or `never`,
 * in which case they do not hear of that batch's spans either.
 */
export type Announce = 'after' | 'first' | 'never'

/** Spans that were stored, told in the order of the request, and the traces they began. */
export interface SpansEvent extends BusEvent {
  readonly topic: typeof spansTopic
  readonly body: {
    readonly spanIds: readonly string[]
    /** Told when the spans have been. */
    readonly newTraceIds: readonly string[]
    /** Told before the first of their spans. */
    readonly openedTraceIds: readonly string[]
    /** Something is left for settling. */
    readonly isUnsettled: boolean
  }
  /** The rows as this very write left them; other processes load them. */
  readonly local?: {
    readonly spans: readonly ToldSpan[]
    readonly newTraces: readonly ToldTrace[]
    readonly openedTraces: readonly ToldTrace[]
  }
}

/** Tells nobody of any span, but whoever settles that there is something to settle. */
export const unsettledEvent: SpansEvent = {
  topic: spansTopic,
  body: { spanIds: [], newTraceIds: [], openedTraceIds: [], isUnsettled: true },
}

export interface ToldSpan extends SpanRecord {
  readonly ownerKey: string | null
}

export type ToldTrace = Omit<Trace, 'seq'>

export function isSpansEvent(event: BusEvent): event is SpansEvent {
  return event.topic === spansTopic
}
