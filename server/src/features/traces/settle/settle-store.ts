import { sql } from 'kysely'
import { anyOf } from '../../../platform/db/any-of.ts'
import type { Tx } from '../../../platform/db/database.ts'
import { toSpanType } from '../rows.ts'
import type { TraceHead } from '../trace-head.ts'
import { hasTokens } from '../usage.ts'
import type { NestedSpan, Repriced, UsageSpan } from './plan-settle.ts'

/** The traces that wait longest for settling. NOTE: the constant keeps the partial index in use. */
export async function unsettledTraceIds(tx: Tx, limit: number): Promise<string[]> {
  const rows = await tx.db
    .selectFrom('traces')
    .select('trace_id')
    .where('is_unsettled', '=', sql<number>`1`)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map((row) => row.trace_id)
}

/** Spans of the traces that wait for a price, at most so many. */
export async function unpricedSpans(
  tx: Tx,
  traceIds: readonly string[],
  limit: number,
): Promise<UsageSpan[]> {
  return usageSpans(
    await selectUsage(tx)
      .where(anyOf(tx.dialect, 'trace_id', traceIds))
      .where('is_unpriced', '=', sql<number>`1`)
      .limit(limit)
      .execute(),
  )
}

/** Those of the traces that have a span without a price. */
export async function tracesWithUnpriced(tx: Tx, traceIds: readonly string[]): Promise<string[]> {
  const rows = await tx.db
    .selectFrom('spans')
    .select('trace_id')
    .distinct()
    .where(anyOf(tx.dialect, 'trace_id', traceIds))
    .where('is_unpriced', '=', sql<number>`1`)
    .execute()
  return rows.map((row) => row.trace_id)
}

/** All spans of the traces; there may be many, so each is told in few words. */
export async function nestedSpans(tx: Tx, traceIds: readonly string[]): Promise<NestedSpan[]> {
  const rows = await tx.db
    .selectFrom('spans')
    .select(['seq', 'span_id', 'trace_id', 'parent_span_id', 'span_type', 'mapping_version'])
    .select(['total_tokens', 'input_tokens', 'output_tokens', 'counts_usage'])
    .where(anyOf(tx.dialect, 'trace_id', traceIds))
    .execute()
  return rows.map((row) => ({
    seq: row.seq,
    spanId: row.span_id,
    traceId: row.trace_id,
    parentSpanId: row.parent_span_id,
    isLlmCall: row.span_type === 'llm_call',
    isMapped: row.mapping_version !== null,
    hasTokens: hasTokens({
      totalTokens: row.total_tokens,
      inputTokens: row.input_tokens,
      outputTokens: row.output_tokens,
    }),
    countsUsage: row.counts_usage === 1,
  }))
}

/** Spans by number. */
export async function spansBySeq(tx: Tx, seqs: readonly number[]): Promise<UsageSpan[]> {
  return usageSpans(
    await selectUsage(tx)
      .where(anyOf(tx.dialect, 'seq', seqs))
      .execute(),
  )
}

/** Model calls by number whose cost no client gave. */
export async function costlessCalls(tx: Tx, seqs: readonly number[]): Promise<UsageSpan[]> {
  return usageSpans(
    await selectUsage(tx)
      .where(anyOf(tx.dialect, 'seq', seqs))
      .where('span_type', '=', 'llm_call')
      .where('cost_usd', 'is', null)
      .execute(),
  )
}

export async function savePrices(tx: Tx, repriced: readonly Repriced[]): Promise<void> {
  await tx.updateMany(
    'spans',
    'seq',
    repriced.map(({ span, priceJson }) => ({
      seq: span.seq,
      computed_cost_usd: span.computedCostUsd,
      price: priceJson,
      is_unpriced: span.isUnpriced ? 1 : 0,
    })),
  )
}

export async function saveCounting(tx: Tx, spans: readonly UsageSpan[]): Promise<void> {
  await tx.updateMany(
    'spans',
    'seq',
    spans.map(({ seq, countsUsage }) => ({ seq, counts_usage: countsUsage ? 1 : 0 })),
  )
}

/** The figures that settling changes. */
export async function saveUsageTotals(tx: Tx, heads: readonly TraceHead[]): Promise<void> {
  await tx.updateMany(
    'traces',
    'trace_id',
    heads.map((head) => ({
      trace_id: head.traceId,
      total_cost_usd: head.cost.sum,
      cost_remainder: head.cost.remainder,
      total_tokens: head.totalTokens,
      is_unsettled: head.isUnsettled ? 1 : 0,
    })),
  )
}

function selectUsage(tx: Tx) {
  return tx.db
    .selectFrom('spans')
    .select(['seq', 'span_id', 'trace_id', 'parent_span_id', 'span_type', 'start_time'])
    .select(['cost_usd', 'total_tokens', 'input_tokens', 'output_tokens', 'provider', 'model'])
    .select(['cache_read_tokens', 'cache_write_tokens', 'reasoning_tokens'])
    .select(['computed_cost_usd', 'is_unpriced', 'mapping_version', 'counts_usage'])
}

type UsageRow = Awaited<ReturnType<ReturnType<typeof selectUsage>['execute']>>[number]

function usageSpans(rows: readonly UsageRow[]): UsageSpan[] {
  return rows.map((row) => ({
    seq: row.seq,
    spanId: row.span_id,
    traceId: row.trace_id,
    parentSpanId: row.parent_span_id,
    spanType: toSpanType(row.span_type),
    startTime: row.start_time,
    costUsd: row.cost_usd,
    totalTokens: row.total_tokens,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    cacheReadTokens: row.cache_read_tokens,
    cacheWriteTokens: row.cache_write_tokens,
    reasoningTokens: row.reasoning_tokens,
    provider: row.provider,
    model: row.model,
    computedCostUsd: row.computed_cost_usd,
    isUnpriced: row.is_unpriced === 1,
    mappingVersion: row.mapping_version,
    countsUsage: row.counts_usage === 1,
  }))
}
