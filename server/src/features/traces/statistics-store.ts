import { sql } from 'kysely'
import type { Tx } from '../../platform/db/database.ts'
import type { Reach } from './reach.ts'
import { reachable } from './trace-store.ts'

export interface TraceCounts {
  readonly traceCount: number
  readonly spanCount: number
  readonly payloadSize: number
  /** Unix seconds of the oldest first arrival; null when there is no trace. */
  readonly oldestCreatedAt: number | null
}

export async function countTraces(tx: Tx, reach: Reach): Promise<TraceCounts> {
  const row = await reachable(tx.db.selectFrom('traces'), reach)
    .select(({ fn }) => [
      fn.countAll<number>().as('traceCount'),
      fn.sum<number | null>('span_count').as('spanCount'),
      fn.sum<number | null>('payload_size').as('payloadSize'),
      fn.min<number | null>('created_at').as('oldestCreatedAt'),
    ])
    .executeTakeFirstOrThrow()
  const { traceCount, spanCount, payloadSize, oldestCreatedAt } = row
  return { traceCount, spanCount: spanCount ?? 0, payloadSize: payloadSize ?? 0, oldestCreatedAt }
}

export interface TrendRow {
  /** Number of whole buckets since `from`. */
  readonly bucket: number
  readonly costUsd: number
  readonly tokens: number
  readonly traceCount: number
  readonly errorCount: number
}

/** Sums of the traces that first arrived in [from, to), by buckets of equal length in seconds. */
export async function trendRows(
  tx: Tx,
  window: { readonly from: number; readonly to: number; readonly bucketSeconds: number },
  reach: Reach,
): Promise<TrendRow[]> {
  const { from, to, bucketSeconds } = window
  const bucket =
    tx.dialect === 'sqlite'
      ? sql<number>`cast((created_at - ${from}) / ${bucketSeconds} as integer)`
      : sql<number>`floor((created_at - ${from}::float8) / ${bucketSeconds}::float8)::bigint`
  return reachable(tx.db.selectFrom('traces'), reach)
    .select(({ fn }) => [
      bucket.as('bucket'),
      fn.sum<number>('total_cost_usd').as('costUsd'),
      fn.sum<number>('total_tokens').as('tokens'),
      fn.countAll<number>().as('traceCount'),
      sql<number>`sum(case when status = 'error' then 1 else 0 end)`.as('errorCount'),
    ])
    .where('created_at', '>=', from)
    .where('created_at', '<', to)
    .groupBy(sql`1`)
    .execute()
}

export interface CostlySpan {
  readonly spanId: string
  readonly traceId: string
  readonly name: string
  readonly model: string | null
  readonly costUsd: number
  readonly inputTokens: number | null
  readonly outputTokens: number | null
}

/** As the client said, or else as computed; written as in the index over it. */
const knownCost = sql<number>`coalesce(cost_usd, computed_cost_usd)`

/** Spans that repeat the usage of others are left to those. */
export async function costliestLlmSpans(
  tx: Tx,
  limit: number,
  reach: Reach,
): Promise<CostlySpan[]> {
  return ofReach(tx, reach)
    .select(['spans.span_id as spanId', 'spans.trace_id as traceId', 'spans.name as name'])
    .select(['model', 'input_tokens as inputTokens', 'output_tokens as outputTokens'])
    .select(knownCost.as('costUsd'))
    .where('span_type', '=', sql<string>`'llm_call'`)
    .where('counts_usage', '=', sql<number>`1`)
    .where(knownCost, '>', sql<number>`0`)
    .orderBy(knownCost, 'desc')
    .orderBy('spans.seq')
    .limit(limit)
    .execute()
}

export interface SlowSpan {
  readonly spanId: string
  readonly traceId: string
  readonly name: string
  readonly durationSeconds: number
}

export async function slowestToolSpans(tx: Tx, limit: number, reach: Reach): Promise<SlowSpan[]> {
  return ofReach(tx, reach)
    .select(['spans.span_id as spanId', 'spans.trace_id as traceId', 'spans.name as name'])
    .select(sql<number>`spans.end_time - spans.start_time`.as('durationSeconds'))
    .where('span_type', '=', sql<string>`'tool_use'`)
    .where('spans.end_time', 'is not', null)
    .orderBy(sql`spans.end_time - spans.start_time`, 'desc')
    .orderBy('spans.seq')
    .limit(limit)
    .execute()
}

/** NOTE: the constants in the callers stay in the SQL text, or the partial indexes go unused. */
function ofReach(tx: Tx, reach: Reach) {
  return tx.db.selectFrom('spans').$if(reach !== 'all', (query) =>
    query.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('traces')
          .select('traces.seq')
          .whereRef('traces.trace_id', '=', 'spans.trace_id')
          .where('traces.owner_key', '=', reach === 'all' ? '' : reach.ownerKey),
      ),
    ),
  )
}
