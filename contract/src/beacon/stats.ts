/** Figures over all traces. Source: beacon contract §8.2–8.5. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { guarded, ValidationReply } from './errors.ts'
import { intIn, wordIn } from './scalars.ts'

export const StatsReply = z
  .object({
    database_size_bytes: z.int(),
    total_traces: z.int(),
    total_spans: z.int(),
    oldest_trace_timestamp: z.number().nullable(),
  })
  .meta({ id: 'StatsReply' })
export type StatsReply = z.infer<typeof StatsReply>

export const getStats = defineRoute({
  method: 'GET',
  path: '/v1/stats',
  summary: 'Read the size of the database and what it holds',
  ref: 'beacon §1.1-28',
  access: 'traces:read',
  reply: { 200: StatsReply, ...guarded },
})

export const trendBuckets = ['day', 'hour'] as const
export type TrendBucketSize = (typeof trendBuckets)[number]

export const TrendsQuery = z.object({
  days: intIn({ min: 1, max: 365, default: 30 }).optional(),
  bucket: wordIn(trendBuckets, 'day').optional(),
})
export type TrendsQuery = z.infer<typeof TrendsQuery>

export const TrendBucket = z
  .object({
    date: z.string().meta({ description: '`YYYY-MM-DD` or `YYYY-MM-DDTHH:00`, UTC' }),
    total_cost: z.number(),
    total_tokens: z.int(),
    trace_count: z.int(),
    error_count: z.int(),
    success_rate: z.number().min(0).max(1),
  })
  .meta({ id: 'TrendBucket' })
export type TrendBucket = z.infer<typeof TrendBucket>

export const TrendsReply = z.object({ buckets: z.array(TrendBucket) }).meta({ id: 'TrendsReply' })
export type TrendsReply = z.infer<typeof TrendsReply>

export const getTrends = defineRoute({
  method: 'GET',
  path: '/v1/stats/trends',
  summary: 'Read cost, tokens and errors by day or hour, oldest first and without gaps',
  ref: 'beacon §1.1-29',
  access: 'traces:read',
  query: TrendsQuery,
  reply: { 200: TrendsReply, 422: ValidationReply, ...guarded },
})

export const TopQuery = z.object({
  limit: intIn({ min: 1, max: 100, default: 10 }).optional(),
})
export type TopQuery = z.infer<typeof TopQuery>

export const CostlyPrompt = z
  .object({
    span_id: z.string(),
    trace_id: z.string(),
    name: z.string(),
    model: z.string(),
    cost: z.number(),
    tokens: z.int(),
  })
  .meta({ id: 'CostlyPrompt' })
export type CostlyPrompt = z.infer<typeof CostlyPrompt>

export const TopCostsReply = z
  .object({ prompts: z.array(CostlyPrompt) })
  .meta({ id: 'TopCostsReply' })
export type TopCostsReply = z.infer<typeof TopCostsReply>

export const getTopCosts = defineRoute({
  method: 'GET',
  path: '/v1/stats/top-costs',
  summary: 'List the dearest llm_call spans',
  ref: 'beacon §1.1-30',
  access: 'traces:read',
  query: TopQuery,
  reply: { 200: TopCostsReply, 422: ValidationReply, ...guarded },
})

export const SlowTool = z
  .object({
    span_id: z.string(),
    trace_id: z.string(),
    name: z.string(),
    duration_ms: z.number(),
  })
  .meta({ id: 'SlowTool' })
export type SlowTool = z.infer<typeof SlowTool>

export const TopDurationReply = z
  .object({ tools: z.array(SlowTool) })
  .meta({ id: 'TopDurationReply' })
export type TopDurationReply = z.infer<typeof TopDurationReply>

export const getTopDuration = defineRoute({
  method: 'GET',
  path: '/v1/stats/top-duration',
  summary: 'List the slowest tool_use spans that ended',
  ref: 'beacon §1.1-31',
  access: 'traces:read',
  query: TopQuery,
  reply: { 200: TopDurationReply, 422: ValidationReply, ...guarded },
})
