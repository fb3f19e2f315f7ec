import type { Told, ToldSpan, ToldTrace } from '../../features/traces/index.ts'
import { spanToJson, toTraceSummary } from './wire.ts'

/** One message for sockets; it becomes bytes when the first of them wants it. */
export interface LiveFrame {
  readonly traceId: string
  readonly ownerKey: string | null
  /** Only for the global stream. */
  readonly isGlobalOnly: boolean
  bytes(): Buffer
}

/**
 * Every span in the order of its request, then each trace that thereby began. A trace that the
 * server opened itself comes before the first of its spans. Source: beacon contract §9.
 */
export function framesOf({ spans, newTraces, openedTraces }: Told): LiveFrame[] {
  const unopened = new Map(openedTraces.map((trace) => [trace.traceId, trace]))
  const frames = spans.flatMap((span) => {
    const opened = unopened.get(span.traceId)
    unopened.delete(span.traceId)
    return opened ? [openedFrame(opened), spanFrame(span)] : [spanFrame(span)]
  })
  return [...frames, ...newTraces.map((trace) => traceFrame(trace, toTraceSummary(trace)))]
}

function spanFrame(span: ToldSpan): LiveFrame {
  const { traceId, ownerKey } = span
  const text = () => `{"event":"span_created","span":${spanToJson(span)}}`
  return { traceId, ownerKey, isGlobalOnly: false, bytes: onceBytes(text) }
}

/** As the trace was when it was opened: it has only just begun. */
function openedFrame(trace: ToldTrace): LiveFrame {
  const { traceId, name, startTime } = trace
  const opened = { trace_id: traceId, name, start_time: startTime, status: 'unset' }
  return traceFrame(trace, opened)
}

function traceFrame({ traceId, ownerKey }: ToldTrace, trace: object): LiveFrame {
  const text = () => JSON.stringify({ event: 'trace_created', trace })
  return { traceId, ownerKey, isGlobalOnly: true, bytes: onceBytes(text) }
}

function onceBytes(text: () => string): () => Buffer {
  let bytes: Buffer | undefined
  return () => (bytes ??= Buffer.from(text()))
}
