import { beaconRoutes } from '@pharos/contract/beacon/routes.ts'
import { intOf, type WireInt } from '@pharos/contract/beacon/scalars.ts'
import type { TrendBucket as WireTrendBucket } from '@pharos/contract/beacon/stats.ts'
import {
  getStatistics,
  getTopCosts,
  getTopDurations,
  getTrends,
  searchSpans,
  type TrendBucket,
} from '../../features/traces/index.ts'
import { serve, type BeaconPowers } from './door.ts'
import { fromPaging } from './queries.ts'

export function statisticsRoutes(powers: BeaconPowers) {
  return [
    serve(beaconRoutes.search, async ({ query, caller, signal }) => {
      const question = { q: query.q, ...fromPaging(query, 50) }
      const { results, total } = await searchSpans({ ...powers, caller }, question, signal)
      const hits = results.map(({ traceId, spanId, name, matchContext }) => ({
        trace_id: traceId,
        span_id: spanId,
        name,
        match_context: matchContext,
      }))
      return { status: 200, body: { results: hits, total } }
    }),
    serve(beaconRoutes.getStats, async ({ caller }) => {
      const statistics = await getStatistics({ ...powers, caller })
      return {
        status: 200,
        body: {
          database_size_bytes: statistics.databaseSizeBytes,
          total_traces: statistics.traceCount,
          total_spans: statistics.spanCount,
          oldest_trace_timestamp: statistics.oldestCreatedAt,
        },
      }
    }),
    serve(beaconRoutes.getTrends, async ({ query, caller }) => {
      const size = query.bucket ?? 'day'
      const buckets = await getTrends({ ...powers, caller }, numberOr(query.days, 30), size)
      return { status: 200, body: { buckets: buckets.map((one) => toTrendBucket(one, size)) } }
    }),
    serve(beaconRoutes.getTopCosts, async ({ query, caller }) => {
      const spans = await getTopCosts({ ...powers, caller }, numberOr(query.limit, 10))
      const prompts = spans.map((span) => ({
        span_id: span.spanId,
        trace_id: span.traceId,
        name: span.name,
        model: span.model ?? '',
        cost: rounded(span.costUsd, 6),
        tokens: (span.inputTokens ?? 0) + (span.outputTokens ?? 0),
      }))
      return { status: 200, body: { prompts } }
    }),
    serve(beaconRoutes.getTopDuration, async ({ query, caller }) => {
      const spans = await getTopDurations({ ...powers, caller }, numberOr(query.limit, 10))
      const tools = spans.map((span) => ({
        span_id: span.spanId,
        trace_id: span.traceId,
        name: span.name,
        duration_ms: rounded(span.durationSeconds * 1000, 2),
      }))
      return { status: 200, body: { tools } }
    }),
  ]
}

function numberOr(value: WireInt | undefined, fallback: number): number {
  return value === undefined ? fallback : intOf(value)
}

function toTrendBucket(bucket: TrendBucket, size: 'day' | 'hour'): WireTrendBucket {
  const { startsAt, costUsd, tokens, traceCount, errorCount } = bucket
  const iso = new Date(startsAt * 1000).toISOString()
  return {
    date: size === 'day' ? iso.slice(0, 10) : iso.slice(0, 16),
    total_cost: rounded(costUsd, 6),
    total_tokens: tokens,
    trace_count: traceCount,
    error_count: errorCount,
    success_rate: traceCount === 0 ? 1 : rounded((traceCount - errorCount) / traceCount, 4),
  }
}

function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals))
}
