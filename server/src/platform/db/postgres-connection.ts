import pg from 'pg'
import type { Connection, QueryReply } from './connection.ts'
import { fromPostgresError } from './postgres-errors.ts'

export interface PostgresPoolOptions {
  readonly url: string
  readonly maxConnections: number
  readonly onIdleError: (error: Error) => void
}

/** Sums and counts arrive as numbers: none of ours reaches 2^53. */
const int8Oid = 20
const numericOid = 1700

export function openPostgresPool(options: PostgresPoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.maxConnections,
    connectionTimeoutMillis: 10_000,
    application_name: 'pharos',
    types: {
      // The parsers of `pg` are its own affair, and so is the type of what they give.
      getTypeParser: (oid: number, format?: 'text' | 'binary'): unknown =>
        oid === int8Oid || oid === numericOid
          ? Number
          : pg.types.getTypeParser(oid, format ?? 'text'),
    },
  })
  // Without a listener an idle connection that breaks would end the process.
  pool.on('error', options.onIdleError)
  return pool
}

/** One checked-out client as a `Connection`. */
export function postgresConnection(
  client: pg.ClientBase,
  slow: { readonly slowQueryMs: number; onSlowQuery(sql: string, elapsedMs: number): void },
): Connection {
  const query = async (sql: string, parameters: readonly unknown[]): Promise<QueryReply> => {
    const startedMs = performance.now()
    try {
      const result = await client.query<Record<string, unknown>>(
        sql,
        parameters.map(toPostgresValue),
      )
      return { rows: result.rows, changes: result.rowCount ?? 0 }
    } catch (error) {
      throw fromPostgresError(error)
    } finally {
      const elapsedMs = performance.now() - startedMs
      if (elapsedMs >= slow.slowQueryMs) slow.onSlowQuery(sql, elapsedMs)
    }
  }
  const each = async (sql: string, rows: readonly (readonly unknown[])[]): Promise<number> => {
    let changes = 0
    for (const row of rows) changes += (await query(sql, row)).changes
    return changes
  }
  return { dialect: 'postgres', query, each }
}

/** NOTE: PostgreSQL refuses U+0000 in text, so a look for an id that holds one would be an error. */
function toPostgresValue(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '\ufffd')
  return Array.isArray(value) ? value.map(toPostgresValue) : value
}
