import { sql } from 'kysely'
import type { BusEvent } from '../bus/event.ts'
import type { Tx } from './database.ts'

/** Leaves events for the other processes in the transaction that made them. */
export async function writeOutbox(
  tx: Tx,
  origin: string,
  events: readonly BusEvent[],
): Promise<void> {
  if (events.length === 0) return
  const rows = events.map(({ topic, body }) => ({ origin, topic, body: JSON.stringify(body) }))
  await tx.db.insertInto('outbox').values(rows).execute()
}

/** Where a reader of the outbox stands: everything up to here has been told. */
export interface OutboxPosition {
  readonly xid: string
  readonly id: number
}

export interface OutboxEntry {
  readonly position: OutboxPosition
  /** Undefined for an event of the reader's own process. */
  readonly event: BusEvent | undefined
}

/** The newest position whose transactions have all ended. */
export async function readOutboxEnd(tx: Tx): Promise<OutboxPosition> {
  const { rows } = await sql<{ xid: string }>`
    select pg_snapshot_xmin(pg_current_snapshot())::text as xid`.execute(tx.db)
  return { xid: rows[0]?.xid ?? '0', id: 0 }
}

/**
 * The next entries, oldest first; those of `origin` come without their event, to be passed by. Ids are given before commit, so a lower id
 * may appear later: rows are read only up to the oldest transaction still running, in the order
 * of their transactions, and none can be passed over.
 */
export async function readOutbox(
  tx: Tx,
  origin: string,
  after: OutboxPosition,
  limit: number,
): Promise<OutboxEntry[]> {
  const { rows } = await sql<{ xid: string; id: number; topic: string; body: string | null }>`
    select xid::text as xid, id, topic, case when origin <> ${origin} then body end as body
    from outbox
    where (xid, id) > (${after.xid}::xid8, ${after.id}::bigint)
      and xid < pg_snapshot_xmin(pg_current_snapshot())
    order by outbox.xid, id limit ${limit}`.execute(tx.db)
  return rows.map(({ xid, id, topic, body }) => ({
    position: { xid, id },
    event: body === null ? undefined : { topic, body: parsed(body) },
  }))
}

/** Removes events that every process has long heard. */
export async function trimOutbox(tx: Tx, olderThanSeconds: number): Promise<void> {
  await sql`delete from outbox
    where created_at < extract(epoch from now()) - ${olderThanSeconds}`.execute(tx.db)
}

function parsed(json: string): unknown {
  return JSON.parse(json)
}
