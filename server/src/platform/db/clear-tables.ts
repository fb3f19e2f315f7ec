import { sql } from 'kysely'
import type { Database, Tx, WriteTx } from './database.ts'

/** What clearing leaves as it is. */
export interface Kept {
  readonly tables: readonly string[]
  /** Counters go on where they are only for these. */
  readonly counters: readonly string[]
}

export interface ClearWork {
  /** Runs in the transaction before anything is deleted; what it throws keeps everything. */
  readonly check: (tx: WriteTx) => Promise<void>
  readonly onProgress: (table: string, rowsDeleted: number) => void
}

/** The schema's own books, which are no data. */
const books = ['migrations', 'migrations_lock', 'counters']
const rowsAtATime = 5_000

/**
 * Deletes every row of every table but the kept ones and lets the counters begin anew. PostgreSQL
 * does so in one transaction. SQLite takes a few thousand rows at a time, so that its log stays
 * small; after an interruption it goes on from where it was.
 */
export async function clearTables(db: Database, kept: Kept, work: ClearWork): Promise<void> {
  if (db.dialect === 'postgres') return db.write((tx) => truncateTables(tx, kept, work))
  await db.write(work.check)
  for (const table of await db.read((tx) => sqliteTables(tx, kept))) {
    for (let deleted = 0, more = 1; more > 0; deleted += more) {
      more = await db.write((tx) => deleteSome(tx, table))
      if (more > 0) work.onProgress(table, deleted + more)
    }
  }
  await db.write((tx) => resetSqliteCounters(tx, kept))
  while ((await freePages(db)) > 0) await db.compact()
}

async function truncateTables(tx: WriteTx, kept: Kept, { check, onProgress }: ClearWork) {
  await check(tx)
  const { rows: tables } = await sql<{ name: string }>`
    select tablename::text as name from pg_tables where schemaname = current_schema()
    order by tablename`.execute(tx.db)
  const cleared = tables.map(({ name }) => name).filter((name) => isCleared(name, kept))
  const list = sql.join(cleared.map((name) => sql.table(name)))
  await sql`truncate table ${list} restart identity`.execute(tx.db)
  const { rows: sequences } = await sql<{ name: string }>`
    select sequencename::text as name from pg_sequences
    where schemaname = current_schema() and sequencename like '%\\_counter'
    order by sequencename`.execute(tx.db)
  const stays = new Set(kept.counters.map((counter) => `${counter}_counter`))
  for (const { name } of sequences) {
    if (!stays.has(name)) await sql`alter sequence ${sql.id(name)} restart`.execute(tx.db)
  }
  for (const name of cleared) onProgress(name, 0)
}

/** Those made last come first: they refer to earlier ones and not the other way round. */
async function sqliteTables(tx: Tx, kept: Kept): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\'
    order by rowid desc`.execute(tx.db)
  return rows.map(({ name }) => name).filter((name) => isCleared(name, kept))
}

function isCleared(table: string, kept: Kept): boolean {
  return !books.includes(table) && !kept.tables.includes(table)
}

async function deleteSome(tx: Tx, table: string): Promise<number> {
  const name = sql.table(table)
  const { numAffectedRows = 0n } = await sql`
    delete from ${name} where rowid in (select rowid from ${name} limit ${rowsAtATime})`.execute(
    tx.db,
  )
  return Number(numAffectedRows)
}

async function resetSqliteCounters(tx: Tx, { counters }: Kept): Promise<void> {
  const stays = sql.join([sql.lit(''), ...counters.map((name) => sql.val(name))])
  await sql`delete from counters where name not in (${stays})`.execute(tx.db)
  await sql`delete from sqlite_sequence`.execute(tx.db)
}

async function freePages(db: Database): Promise<number> {
  const { rows } = await db.read((tx) =>
    sql<{ freelist_count: number }>`pragma freelist_count`.execute(tx.db),
  )
  return rows[0]?.freelist_count ?? 0
}
