/** Where the cost of a span comes from. Beyond the frozen contract. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { ErrorReply, guarded, ValidationReply } from './errors.ts'
import { SpanParams } from './spans.ts'

export const PriceBucketReply = z
  .object({
    bucket: z.enum(['input', 'cache_read', 'cache_write', 'output', 'reasoning']),
    tokens: z.int(),
    usd_per_million: z.number(),
    tier_above_tokens: z.int().nullable().meta({
      description: 'The rate holds for calls that read more tokens than this; null for the base',
    }),
    cost_usd: z.number(),
  })
  .meta({ id: 'PriceBucket', description: 'A share of the tokens; shares do not overlap' })
export type PriceBucketReply = z.infer<typeof PriceBucketReply>

export const PriceReply = z
  .object({
    source: z.enum(['beacon-table', 'genai-prices']),
    version: z.string(),
    provider: z.string().meta({ description: 'With `model`: the row of the list' }),
    model: z.string(),
    priced_at: z.number().meta({ description: 'Unix seconds whose prices were taken' }),
    valid_from: z.string().nullable().meta({
      description: 'First day of these prices (`YYYY-MM-DD`); null where the list says none',
    }),
    buckets: z.array(PriceBucketReply),
    request_usd: z.number().meta({ description: 'A fee for the call itself' }),
    cost_usd: z.number().meta({ description: 'The sum of the buckets and of the fee' }),
  })
  .meta({ id: 'PriceExplanation' })
export type PriceReply = z.infer<typeof PriceReply>

const count = z.int().nullable()

export const SpanCost = z
  .object({
    span_id: z.string(),
    cost_usd: z.number().nullable(),
    source: z.enum(['client', 'computed', 'unknown']).meta({
      description: 'Who worked it out: the client that sent the span, or this server',
    }),
    reason: z
      .enum(['not-a-model-call', 'unknown-model', 'unknown-usage', 'not-priced-yet'])
      .optional()
      .meta({ description: 'Why the cost is unknown' }),
    usage: z
      .object({
        input: count,
        output: count,
        total: count,
        cache_read: count,
        cache_write: count,
        reasoning: count,
      })
      .meta({ description: 'Tokens; null is unknown. Input holds those of the cache' }),
    price: PriceReply.nullable().meta({ description: 'Null for a cost that a client gave' }),
    counts_in_trace: z.boolean().meta({
      description: 'False where spans below it carry the same usage, which the trace counts once',
    }),
  })
  .meta({ id: 'SpanCost' })
export type SpanCost = z.infer<typeof SpanCost>

export const getSpanCost = defineRoute({
  method: 'GET',
  path: '/v1/spans/{span_id}/cost',
  summary: 'Explain the cost of a span: price row, date, shares and arithmetic',
  access: 'traces:read',
  params: SpanParams,
  reply: { 200: SpanCost, 404: ErrorReply, 422: ValidationReply, ...guarded },
})
