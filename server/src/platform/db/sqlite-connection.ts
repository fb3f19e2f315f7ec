import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { Connection, QueryReply } from './connection.ts'
import { fromSqliteError } from './sqlite-errors.ts'

const maxCachedStatements = 400

export interface SqliteOptions {
  readonly path: string
  readonly isReadOnly: boolean
  /** Pages kept in memory; by default enough for the indexes that a writer touches at random. */
  readonly cacheMiB?: number
  readonly slowQueryMs: number
  readonly onSlowQuery: (sql: string, elapsedMs: number) => void
}

interface CachedStatement {
  readonly statement: StatementSync
  readonly givesRows: boolean
}

/**
 * A SQLite file in this thread. Statements are prepared once and kept, the least recently
 * used leaving first; one that takes longer than `slowQueryMs` is reported with its text,
 * never its parameters.
 */
export class SqliteConnection implements Connection, Disposable {
  readonly dialect = 'sqlite'
  readonly #database: DatabaseSync
  readonly #options: SqliteOptions
  readonly #statements = new Map<string, CachedStatement>()

  constructor(options: SqliteOptions) {
    this.#options = options
    this.#database = guard(
      () =>
        new DatabaseSync(options.path, {
          readOnly: options.isReadOnly,
          timeout: 5_000,
          enableForeignKeyConstraints: true,
        }),
    )
    guard(() => this.#database.exec(pragmas(options)))
  }

  async query(sql: string, parameters: readonly unknown[]): Promise<QueryReply> {
    return this.#timed(sql, () => {
      const { statement, givesRows } = this.#prepare(sql)
      const values = parameters.map(toSqliteValue)
      if (givesRows) return { rows: statement.all(...values), changes: 0 }
      return { rows: [], changes: Number(statement.run(...values).changes) }
    })
  }

  async each(sql: string, rows: readonly (readonly unknown[])[]): Promise<number> {
    return this.#timed(sql, () => {
      const { statement } = this.#prepare(sql)
      let changes = 0
      for (const row of rows) changes += Number(statement.run(...row.map(toSqliteValue)).changes)
      return changes
    })
  }

  [Symbol.dispose](): void {
    this.#statements.clear()
    this.#database.close()
  }

  #prepare(sql: string): CachedStatement {
    const known = this.#statements.get(sql)
    if (known) {
      this.#statements.delete(sql)
      this.#statements.set(sql, known)
      return known
    }
    const statement = this.#database.prepare(sql)
    // NOTE: a pragma may work a step a row while it has no columns, as incremental_vacuum does.
    const givesRows = statement.columns().length > 0 || /^pragma\b/i.test(sql)
    const prepared = { statement, givesRows }
    this.#statements.set(sql, prepared)
    const [oldest] = this.#statements.keys()
    if (this.#statements.size > maxCachedStatements && oldest !== undefined) {
      this.#statements.delete(oldest)
    }
    return prepared
  }

  #timed<T>(sql: string, work: () => T): T {
    const startedMs = performance.now()
    const result = guard(work)
    const elapsedMs = performance.now() - startedMs
    if (elapsedMs >= this.#options.slowQueryMs) this.#options.onSlowQuery(sql, elapsedMs)
    return result
  }
}

/** A reader mostly passes through, and what it leaves the operating system keeps for all of them. */
const cacheMiBByDefault = { reader: 4, writer: 16 }

function pragmas({ isReadOnly, cacheMiB }: SqliteOptions): string {
  const pages = cacheMiB ?? cacheMiBByDefault[isReadOnly ? 'reader' : 'writer']
  const shared = `pragma temp_store = memory; pragma cache_size = -${pages * 1024};`
  if (isReadOnly) return shared
  return `pragma page_size = 8192; pragma auto_vacuum = incremental; pragma journal_mode = wal;
    pragma synchronous = full; pragma wal_autocheckpoint = 4000;
    pragma journal_size_limit = 67108864; ${shared}`
}

function guard<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw fromSqliteError(error)
  }
}

/** NOTE: node:sqlite binds a `Date` and `NaN` as NULL without a word, so both are refused here. */
function toSqliteValue(value: unknown): SQLInputValue {
  if (value === undefined || value === null) return null
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'number') {
    if (Number.isNaN(value)) throw new TypeError('NaN cannot be stored')
    return value
  }
  if (typeof value === 'string' || typeof value === 'bigint') return value
  if (value instanceof Uint8Array) return value
  throw new TypeError(`A ${typeof value} cannot be stored`)
}
