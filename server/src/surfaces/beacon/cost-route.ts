import type { PriceReply, SpanCost as SpanCostReply } from '@pharos/contract/beacon/cost.ts'
import { beaconRoutes } from '@pharos/contract/beacon/routes.ts'
import type { PriceExplanation } from '../../features/pricing/index.ts'
import { explainCost, type SpanCost } from '../../features/traces/index.ts'
import { serve, type BeaconPowers } from './door.ts'

export function costRoute(powers: BeaconPowers) {
  return serve(beaconRoutes.getSpanCost, async ({ params, caller }) => ({
    status: 200,
    body: toSpanCost(await explainCost({ ...powers, caller }, params.span_id)),
  }))
}

function toSpanCost({
  spanId,
  origin,
  usage,
  totalTokens,
  countsInTrace,
}: SpanCost): SpanCostReply {
  return {
    span_id: spanId,
    cost_usd: origin.costUsd,
    source: origin.source,
    ...(origin.source === 'unknown' ? { reason: origin.reason } : {}),
    usage: {
      input: usage.inputTokens,
      output: usage.outputTokens,
      total: totalTokens,
      cache_read: usage.cacheReadTokens,
      cache_write: usage.cacheWriteTokens,
      reasoning: usage.reasoningTokens,
    },
    price: origin.price && toPrice(origin.price),
    counts_in_trace: countsInTrace,
  }
}

function toPrice(price: PriceExplanation): PriceReply {
  return {
    source: price.source,
    version: price.version,
    provider: price.provider,
    model: price.model,
    priced_at: price.at,
    valid_from: price.validFrom ?? null,
    buckets: price.buckets.map(({ bucket, tokens, usdPerMillion, tierAboveTokens, costUsd }) => ({
      bucket,
      tokens,
      usd_per_million: usdPerMillion,
      tier_above_tokens: tierAboveTokens ?? null,
      cost_usd: costUsd,
    })),
    request_usd: price.requestUsd ?? 0,
    cost_usd: price.costUsd,
  }
}
