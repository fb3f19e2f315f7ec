/** Liveness. One body serves every system that asks this path (beacon contract §1.3-1). */
import { z } from 'zod'
import { defineRoute } from '../route.ts'

export const HealthReply = z
  .object({
    status: z.enum(['ok', 'degraded']),
    version: z.string(),
    db_path: z.string().meta({ description: 'The database path as configured' }),
    database: z.object({
      status: z.enum(['ok', 'error']),
      error: z.string().nullable(),
    }),
    cache: z
      .object({
        entry_count: z.int(),
        current_bytes: z.int(),
        max_bytes: z.int(),
        memory_usage_percent: z.number(),
        hits: z.int(),
        misses: z.int(),
        hit_rate_percent: z.number(),
      })
      .meta({ description: 'The cache of inference logs' }),
    message: z.literal('pong'),
  })
  .meta({ id: 'HealthReply' })
export type HealthReply = z.infer<typeof HealthReply>

export const health = defineRoute({
  method: 'GET',
  path: '/health',
  summary: 'Tell whether the server and its database work',
  ref: 'beacon §1.1-1',
  access: 'public',
  reply: { 200: HealthReply, 503: HealthReply },
})
