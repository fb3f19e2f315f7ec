import { allow, type Uses } from '../identity/index.ts'
import { planTrendWindow, type TrendBucketSize } from './trend-window.ts'
import { reachOf } from './reach.ts'
import {
  costliestLlmSpans,
  countTraces,
  slowestToolSpans,
  trendRows,
  type CostlySpan,
  type SlowSpan,
} from './statistics-store.ts'

export interface TraceStatistics {
  readonly databaseSizeBytes: number
  readonly traceCount: number
  readonly spanCount: number
  readonly oldestCreatedAt: number | null
}

export async function getStatistics(ctx: Uses<'db' | 'caller'>): Promise<TraceStatistics> {
  allow(ctx.caller, 'traces:read')
  const { traceCount, spanCount, oldestCreatedAt } = await ctx.db.read((tx) =>
    countTraces(tx, reachOf(ctx.caller)),
  )
  return { databaseSizeBytes: await ctx.db.sizeBytes(), traceCount, spanCount, oldestCreatedAt }
}

export interface TrendBucket {
  /** Unix seconds at which the bucket begins, on a whole UTC day or hour. */
  readonly startsAt: number
  readonly costUsd: number
  readonly tokens: number
  readonly traceCount: number
  readonly errorCount: number
}

/** Every bucket of the last `days` days, oldest first, the current one last; none is left out. */
export async function getTrends(
  ctx: Uses<'db' | 'clock' | 'caller'>,
  days: number,
  bucket: TrendBucketSize,
): Promise<TrendBucket[]> {
  allow(ctx.caller, 'traces:read')
  const window = planTrendWindow(ctx.clock.nowSeconds(), days, bucket)
  const rows = await ctx.db.read((tx) => trendRows(tx, window, reachOf(ctx.caller)))
  const byBucket = new Map(rows.map((row) => [row.bucket, row]))
  return Array.from({ length: window.count }, (_, index) => {
    const row = byBucket.get(index)
    return {
      startsAt: window.from + index * window.bucketSeconds,
      costUsd: row?.costUsd ?? 0,
      tokens: row?.tokens ?? 0,
      traceCount: row?.traceCount ?? 0,
      errorCount: row?.errorCount ?? 0,
    }
  })
}

/** LLM spans that cost the most, dearest first. */
export async function getTopCosts(
  ctx: Uses<'db' | 'caller'>,
  limit: number,
): Promise<CostlySpan[]> {
  allow(ctx.caller, 'traces:read')
  return ctx.db.read((tx) => costliestLlmSpans(tx, limit, reachOf(ctx.caller)))
}

/** Ended tool spans that took the longest, slowest first. */
export async function getTopDurations(
  ctx: Uses<'db' | 'caller'>,
  limit: number,
): Promise<SlowSpan[]> {
  allow(ctx.caller, 'traces:read')
  return ctx.db.read((tx) => slowestToolSpans(tx, limit, reachOf(ctx.caller)))
}
