import { sql } from 'kysely'
import { anyOf } from '../../../platform/db/any-of.ts'
import type { Tx } from '../../../platform/db/database.ts'
import { toSpan } from '../rows.ts'
import type { Span } from '../span.ts'

export async function forgetRunningSpans(tx: Tx, spanIds: readonly string[]): Promise<void> {
  await tx.db
    .deleteFrom('running_spans')
    .where(anyOf(tx.dialect, 'span_id', spanIds))
    .execute()
}

export interface AbandonedSpan {
  readonly spanId: string
  readonly isQuiet: boolean
  /** Undefined when it was deleted. */
  readonly span: Span | undefined
}

/**
 * Spans noted as running in a process that is not alive: on PostgreSQL one that was not seen for
 * `deadAfterSeconds`, on SQLite any but the reader's own.
 */
export async function abandonedSpans(
  tx: Tx,
  own: { readonly processId: string; readonly deadAfterSeconds: number },
  limit: number,
): Promise<AbandonedSpan[]> {
  const noted = tx.db
    .selectFrom('running_spans')
    .select(['span_id', 'is_quiet'])
    .where('process_id', '<>', own.processId)
    .orderBy('span_id')
    .limit(limit)
  const rows =
    tx.dialect === 'sqlite'
      ? await noted.execute()
      : await noted
          .where('process_id', 'not in', (query) =>
            query
              .selectFrom('processes')
              .select('id')
              .where('seen_at', '>', sql<number>`${databaseNow} - ${own.deadAfterSeconds}`),
          )
          .execute()
  const spans = await selectSpans(
    tx,
    rows.map((row) => row.span_id),
  )
  return rows.map((row) => ({
    spanId: row.span_id,
    isQuiet: row.is_quiet === 1,
    span: spans.get(row.span_id),
  }))
}

async function selectSpans(tx: Tx, spanIds: readonly string[]): Promise<Map<string, Span>> {
  if (spanIds.length === 0) return new Map()
  const rows = await tx.db
    .selectFrom('spans')
    .innerJoin('span_payloads', 'span_payloads.seq', 'spans.seq')
    .selectAll('spans')
    .select(['span_payloads.attributes', 'span_payloads.mapped'])
    .where(anyOf(tx.dialect, 'span_id', spanIds))
    .execute()
  return new Map(rows.map((row) => [row.span_id, toSpan(row)]))
}

/** Clocks of machines differ; that of their one database does not. */
const databaseNow = sql<number>`extract(epoch from clock_timestamp())::double precision`

/** Says that a process is alive. PostgreSQL only. */
export async function noteProcess(tx: Tx, processId: string): Promise<void> {
  await tx.db
    .insertInto('processes')
    .values({ id: processId, seen_at: databaseNow })
    .onConflict((clash) => clash.column('id').doUpdateSet({ seen_at: databaseNow }))
    .execute()
}

/** Forgets a process that ends, and those that were not seen for long. */
export async function forgetProcesses(
  tx: Tx,
  which: { readonly processId: string } | { readonly unseenForSeconds: number },
): Promise<void> {
  const gone = tx.db.deleteFrom('processes')
  if ('processId' in which) await gone.where('id', '=', which.processId).execute()
  else {
    const before = sql<number>`${databaseNow} - ${which.unseenForSeconds}`
    await gone.where('seen_at', '<', before).execute()
  }
}

/** Waits for beginning processes and lets none begin until the transaction ends. PostgreSQL only. */
export async function lockProcesses(tx: Tx): Promise<void> {
  await sql`lock table processes in access exclusive mode`.execute(tx.db)
}

/** How many processes were seen in the last so many seconds. PostgreSQL only. */
export async function countProcesses(tx: Tx, seenWithinSeconds: number): Promise<number> {
  const { count } = await tx.db
    .selectFrom('processes')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('seen_at', '>', sql<number>`${databaseNow} - ${seenWithinSeconds}`)
    .executeTakeFirstOrThrow()
  return count
}
