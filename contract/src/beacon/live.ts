/** Frames of the socket `/ws/live`, both directions. Source: beacon contract §9, rulings on gaps. */
import { z } from 'zod'
import { JsonObject } from './scalars.ts'
import { SpanResponse } from './spans.ts'
import { TraceSummary } from './trace-shapes.ts'

export const livePath = '/ws/live'

/** Sent once for each new trace, after the spans that began it. */
export const TraceCreatedFrame = z
  .object({ event: z.literal('trace_created'), trace: TraceSummary })
  .meta({ id: 'TraceCreatedFrame' })
export type TraceCreatedFrame = z.infer<typeof TraceCreatedFrame>

/** Sent for every stored upsert, also when a span known before was updated. */
export const SpanCreatedFrame = z
  .object({ event: z.literal('span_created'), span: SpanResponse })
  .meta({ id: 'SpanCreatedFrame' })
export type SpanCreatedFrame = z.infer<typeof SpanCreatedFrame>

/** Reserved by the contract; nothing sends it. */
export const SpanUpdatedFrame = z
  .object({ event: z.literal('span_updated'), span_id: z.string(), updates: JsonObject })
  .meta({ id: 'SpanUpdatedFrame' })
export type SpanUpdatedFrame = z.infer<typeof SpanUpdatedFrame>

/** The queue of this socket overflowed: `missed` frames before the next one were dropped. */
export const GapFrame = z
  .object({ event: z.literal('gap'), missed: z.int().min(1) })
  .meta({ id: 'GapFrame' })
export type GapFrame = z.infer<typeof GapFrame>

/** The answer to a frame that is not a JSON object; the socket stays open. */
export const LiveErrorFrame = z.object({ error: z.string() }).meta({ id: 'LiveErrorFrame' })
export type LiveErrorFrame = z.infer<typeof LiveErrorFrame>

export const ServerFrame = z.union([
  SpanCreatedFrame,
  TraceCreatedFrame,
  SpanUpdatedFrame,
  GapFrame,
  LiveErrorFrame,
])
export type ServerFrame = z.infer<typeof ServerFrame>

export const liveActions = ['subscribe_trace', 'unsubscribe_trace'] as const

/** What a client may send. Another action, or an empty trace id, is ignored without an answer. */
export const ClientFrame = z
  .object({ action: z.enum(liveActions), trace_id: z.string().min(1) })
  .meta({ id: 'ClientFrame' })
export type ClientFrame = z.infer<typeof ClientFrame>
