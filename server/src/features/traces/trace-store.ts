import { sql, type SelectQueryBuilder } from 'kysely'
import type { SpanStatus } from '@pharos/contract/vocabulary.ts'
import { anyOf } from '../../platform/db/any-of.ts'
import type { Dialect, Tx } from '../../platform/db/database.ts'
import { oneHolds } from '../../platform/db/one-has.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { toTrace } from './rows.ts'
import type { Reach } from './reach.ts'
import type { Trace } from './span.ts'
import { toStorableText } from './storable.ts'

/** What a list of traces is narrowed by; absent members narrow nothing. */
export interface TraceFilter {
  readonly status?: SpanStatus | undefined
  /** Part of the name, case-insensitive for ASCII. */
  readonly name?: string | undefined
  readonly tag?: { readonly key: string; readonly value: string } | undefined
  /** Bounds of the first arrival in Unix seconds: from inclusive, to exclusive. */
  readonly createdFrom?: number | undefined
  readonly createdTo?: number | undefined
  readonly sdkLanguage?: string | undefined
  readonly minCostUsd?: number | undefined
  readonly maxCostUsd?: number | undefined
}

export interface Page {
  readonly limit: number
  readonly offset: number
}

export async function findTrace(tx: Tx, traceId: string, reach: Reach): Promise<Trace | undefined> {
  const row = await reachable(tx.db.selectFrom('traces'), reach)
    .selectAll()
    .where('trace_id', '=', traceId)
    .executeTakeFirst()
  return row && toTrace(row)
}

/** Traces by id, in no order; unknown ones are left out. */
export async function findTraces(
  tx: Tx,
  traceIds: readonly string[],
  reach: Reach,
): Promise<Trace[]> {
  const rows = await reachable(tx.db.selectFrom('traces'), reach)
    .selectAll()
    .where(anyOf(tx.dialect, 'trace_id', traceIds))
    .execute()
  return rows.map(toTrace)
}

/** Newest first by first arrival, with the number of all that match. */
export async function pageOfTraces(
  tx: Tx,
  filter: TraceFilter,
  reach: Reach,
  page: Page,
): Promise<{ traces: Trace[]; total: number }> {
  const matching = filtered(reachable(tx.db.selectFrom('traces'), reach), filter, tx.dialect)
  const { total } = await matching
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  const rows = await matching
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(page.limit)
    .offset(page.offset)
    .execute()
  return { traces: rows.map(toTrace), total }
}

/** Replaces all tags. False when there is no such trace. */
export async function setTags(
  tx: Tx,
  traceId: string,
  tags: Readonly<Record<string, string>>,
  reach: Reach,
): Promise<boolean> {
  const { numUpdatedRows } = await tx.db
    .updateTable('traces')
    .set({ tags: JSON.stringify(tags) })
    .where('trace_id', '=', traceId)
    .$if(reach !== 'all', (query) => query.where('owner_key', '=', ownerOf(reach)))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/**
 * The next traces to delete, oldest first, with the spans they bring along. Those that are not
 * named are spared while something holds them.
 */
export async function tracesToDelete(
  tx: Tx,
  which: { readonly traceIds: readonly string[] } | { readonly createdBefore: number },
  reach: Reach,
  limit: number,
): Promise<{ traceId: string; spanCount: number }[]> {
  const rows = await reachable(tx.db.selectFrom('traces'), reach)
    .select(['trace_id', 'span_count'])
    .where(
      'traceIds' in which
        ? anyOf(tx.dialect, 'trace_id', which.traceIds)
        : sql<boolean>`created_at < ${which.createdBefore} and ${isFree('traces')}`,
    )
    .orderBy('created_at')
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ traceId: row.trace_id, spanCount: row.span_count }))
}

/** The traces that arrived first and that nothing holds, with what they take. */
export async function oldestTraces(
  tx: Tx,
  limit: number,
): Promise<{ traceId: string; spanCount: number; payloadSize: number }[]> {
  return tx.db
    .selectFrom('traces')
    .select(['trace_id as traceId', 'span_count as spanCount', 'payload_size as payloadSize'])
    .where(isFree('traces'))
    .orderBy('created_at')
    .orderBy('seq')
    .limit(limit)
    .execute()
}

/**
 * Deletes traces with all that hangs on them, except for those that something holds if they are to
 * be spared. Gives the number of traces.
 */
export async function removeTraces(
  tx: Tx,
  traceIds: readonly string[],
  spared: 'none' | 'held' = 'none',
): Promise<number> {
  await tx.db
    .deleteFrom('share_links')
    .where('kind', '=', 'log')
    .where('target_id', 'in', (query) =>
      query
        .selectFrom('inference_logs')
        .select('request_id')
        .where(anyOf(tx.dialect, 'trace_id', traceIds))
        .$if(spared === 'held', (logs) => logs.where(isFree('inference_logs'))),
    )
    .execute()
  const { numDeletedRows } = await tx.db
    .deleteFrom('traces')
    .where(anyOf(tx.dialect, 'trace_id', traceIds))
    .$if(spared === 'held', (query) => query.where(isFree('traces')))
    .executeTakeFirst()
  return Number(numDeletedRows)
}

/**
 * No public log belongs to the trace, none that is in a collection, and no execution. Logs are asked
 * for at once, since few of them hold something; executions one by one, since many may.
 * Source: rulings §9.
 */
function isFree(table: 'traces' | 'inference_logs') {
  const traceId = sql.ref(`${table}.trace_id`)
  return sql<boolean>`${traceId} not in (
    select trace_id from inference_logs where is_public = 1
    union all
    select held.trace_id from collection_requests
      inner join inference_logs as held on held.request_id = collection_requests.request_id
  ) and not exists (select 1 from executions where executions.trace_id = ${traceId})`
}

type TraceQuery<O> = SelectQueryBuilder<Schema, 'traces', O>

export function reachable<O>(query: TraceQuery<O>, reach: Reach): TraceQuery<O> {
  return reach === 'all' ? query : query.where('traces.owner_key', '=', ownerOf(reach))
}

function ownerOf(reach: Reach): string {
  if (reach === 'all') throw new Error('Nobody in particular owns what all may reach')
  return reach.ownerKey
}

function filtered<O>(query: TraceQuery<O>, filter: TraceFilter, dialect: Dialect): TraceQuery<O> {
  const { status, name, tag, createdFrom, createdTo, sdkLanguage, minCostUsd, maxCostUsd } = filter
  return query
    .$if(status !== undefined, (q) => q.where('status', '=', status ?? ''))
    .$if(name !== undefined, (q) => q.where(oneHolds(dialect, ['traces.name'], name ?? '')))
    .$if(tag !== undefined, (q) => q.where(hasTag(dialect, tag ?? { key: '', value: '' })))
    .$if(createdFrom !== undefined, (q) => q.where('created_at', '>=', createdFrom ?? 0))
    .$if(createdTo !== undefined, (q) => q.where('created_at', '<', createdTo ?? 0))
    .$if(sdkLanguage !== undefined, (q) =>
      q.where('sdk_language', '=', toStorableText(sdkLanguage ?? '')),
    )
    .$if(minCostUsd !== undefined, (q) => q.where('total_cost_usd', '>=', minCostUsd ?? 0))
    .$if(maxCostUsd !== undefined, (q) => q.where('total_cost_usd', '<=', maxCostUsd ?? 0))
}

function hasTag(dialect: Dialect, tag: { key: string; value: string }) {
  const [key, value] = [toStorableText(tag.key), toStorableText(tag.value)]
  return dialect === 'sqlite'
    ? sql<boolean>`exists (select 1 from json_each(traces.tags) as tag
        where tag.key = ${key} and tag.value = ${value})`
    : sql<boolean>`(traces.tags::json ->> ${key}) = ${value}`
}
