import type { BusEvent } from '../../platform/bus/event.ts'
import type { SpanRecord, Trace } from './span.ts'

export const spansTopic = 'traces.spans'

/** Spans that were stored, told in the order of the request, and the traces they began. */
export interface SpansEvent extends BusEvent {
  readonly topic: typeof spansTopic
  readonly body: {
    readonly spanIds: readonly string[]
    readonly newTraceIds: readonly string[]
  }
  /** The rows as this very write left them; other processes load them. */
  readonly local?: {
    readonly spans: readonly ToldSpan[]
    readonly newTraces: readonly ToldTrace[]
  }
}

export interface ToldSpan extends SpanRecord {
  readonly ownerKey: string | null
}

export type ToldTrace = Omit<Trace, 'seq'>

export function isSpansEvent(event: BusEvent): event is SpansEvent {
  return event.topic === spansTopic
}
