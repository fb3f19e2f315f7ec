import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openPostgresPool } from '../../server/src/platform/db/postgres-connection.ts'
import { SqliteConnection } from '../../server/src/platform/db/sqlite-connection.ts'

/** Where a server of a bench stored its spans. */
export type Place =
  | { readonly kind: 'sqlite'; readonly dataDir: string }
  | { readonly kind: 'postgres'; readonly url: string }

export function databaseFile(dataDir: string): string {
  return join(dataDir, 'pharos.db')
}

/** Counts the spans that have their payload, in the tables themselves. */
export async function countStoredSpans(place: Place): Promise<number> {
  const sql = 'select count(*) as count from spans join span_payloads using (seq)'
  if (place.kind === 'sqlite') {
    using database = new DatabaseSync(databaseFile(place.dataDir), { readOnly: true })
    return Number(database.prepare(sql).get()?.['count'])
  }
  const [row] = await postgresRows(place.url, sql)
  return Number(row?.['count'])
}

/** Counts the calls of our own whose reader left. */
export function countCancelledSpans(dataDir: string): number {
  using database = new DatabaseSync(databaseFile(dataDir), { readOnly: true })
  const sql = `select count(*) as count from span_payloads
    where attributes ->> '$."llm.error_kind"' = 'cancelled'`
  return Number(database.prepare(sql).get()?.['count'])
}

/** Counts the inference logs that have their document. */
export function countStoredLogs(dataDir: string): number {
  using database = new DatabaseSync(databaseFile(dataDir), { readOnly: true })
  const sql = 'select count(*) as count from inference_logs join inference_log_payloads using (seq)'
  return Number(database.prepare(sql).get()?.['count'])
}

/**
 * How a commit reaches the disk. SQLite keeps this in the connection and not in the file, so it is
 * read from one that the server's own code opens; the server must have stopped.
 */
export async function durabilityOf(place: Place): Promise<string> {
  if (place.kind === 'postgres') {
    const [commit] = await postgresRows(place.url, 'show synchronous_commit')
    const [fsync] = await postgresRows(place.url, 'show fsync')
    return `synchronous_commit=${String(commit?.['synchronous_commit'])} fsync=${String(fsync?.['fsync'])}`
  }
  using connection = new SqliteConnection({
    path: databaseFile(place.dataDir),
    isReadOnly: false,
    slowQueryMs: Number.POSITIVE_INFINITY,
    onSlowQuery: () => undefined,
  })
  const synchronous = await pragma(connection, 'synchronous')
  const level = ['off', 'normal', 'full', 'extra'][Number(synchronous)] ?? 'unknown'
  return `synchronous=${level} journal_mode=${await pragma(connection, 'journal_mode')}`
}

async function pragma(connection: SqliteConnection, name: string): Promise<string> {
  const { rows } = await connection.query(`pragma ${name}`, [])
  return String(rows[0]?.[name])
}

async function postgresRows(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const pool = openPostgresPool({ url, maxConnections: 1, onIdleError: () => undefined })
  try {
    return (await pool.query<Record<string, unknown>>(sql)).rows
  } finally {
    await pool.end()
  }
}
