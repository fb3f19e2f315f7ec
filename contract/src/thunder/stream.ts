/** Frames of the socket `/logs/stream`; all go from the server. Source: thunder contract §5.3. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { ErrorA } from './errors.ts'
import { LogSummary } from './logs.ts'

export const streamPath = '/logs/stream'

/** Sent once for each stored log that the caller may see. */
export const NewLogFrame = z
  .object({ type: z.literal('new_log'), data: LogSummary })
  .meta({ id: 'NewLogFrame' })
export type NewLogFrame = z.infer<typeof NewLogFrame>

/** The client fell behind: `missed` logs before the next one were dropped. */
export const LaggedFrame = z
  .object({ type: z.literal('lagged'), missed: z.int().min(1) })
  .meta({ id: 'LaggedFrame' })
export type LaggedFrame = z.infer<typeof LaggedFrame>

export const StreamFrame = z.union([NewLogFrame, LaggedFrame])
export type StreamFrame = z.infer<typeof StreamFrame>

export const StreamTicket = z
  .object({
    ticket: z.string().meta({ description: 'Opens the stream as `?ticket=` in place of a key' }),
    expires_in: z.int().meta({ description: 'Seconds' }),
  })
  .meta({ id: 'StreamTicket' })

/** An addition of ours: addresses are written down in many places, a key is not to be. */
export const createStreamTicket = defineRoute({
  method: 'POST',
  path: '/logs/stream/ticket',
  summary: 'Give a ticket that stands for the key when the stream is opened',
  ref: 'thunder §5.3',
  access: 'logs:read',
  reply: { 200: StreamTicket, 400: ErrorA, 401: ErrorA, 403: ErrorA },
})
