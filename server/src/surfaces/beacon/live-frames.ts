import type { ToldSpan, ToldTrace } from '../../features/traces/index.ts'
import { spanToJson, toTraceSummary } from './wire.ts'

/** One message for sockets; it becomes bytes when the first of them wants it. */
export interface LiveFrame {
  readonly traceId: string
  readonly ownerKey: string | null
  /** Only for the global stream. */
  readonly isGlobalOnly: boolean
  bytes(): Buffer
}

/** Every span in the order of its request, then each trace that thereby began. */
export function framesOf(told: {
  readonly spans: readonly ToldSpan[]
  readonly newTraces: readonly ToldTrace[]
}): LiveFrame[] {
  const spans = told.spans.map((span) => {
    const { traceId, ownerKey } = span
    const text = () => `{"event":"span_created","span":${spanToJson(span)}}`
    return { traceId, ownerKey, isGlobalOnly: false, bytes: onceBytes(text) }
  })
  const traces = told.newTraces.map((trace) => {
    const { traceId, ownerKey } = trace
    const text = () => JSON.stringify({ event: 'trace_created', trace: toTraceSummary(trace) })
    return { traceId, ownerKey, isGlobalOnly: true, bytes: onceBytes(text) }
  })
  return [...spans, ...traces]
}

function onceBytes(text: () => string): () => Buffer {
  let bytes: Buffer | undefined
  return () => (bytes ??= Buffer.from(text()))
}
