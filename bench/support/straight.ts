import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { createDatabaseFile } from './seed.ts'
import { databaseFile } from './stored.ts'

export interface StraightReport {
  readonly rows: number
  readonly spansPerSecond: number
}

const tables = ['traces', 'spans', 'span_payloads'] as const
type Table = (typeof tables)[number]

/**
 * Copies the spans that a server stored into a fresh database of the same schema and measures
 * only the writing: prepared statements in this thread, one durable transaction for so many rows,
 * nothing looked up, traces written once with their final totals.
 */
export async function writeStraight(
  dataDir: string,
  folder: string,
  { rowsPerTransaction, maxRows }: { rowsPerTransaction: number; maxRows: number },
): Promise<StraightReport> {
  const path = join(folder, 'straight.db')
  await createDatabaseFile(path)
  using source = new DatabaseSync(databaseFile(dataDir), { readOnly: true })
  using target = new DatabaseSync(path, { enableForeignKeyConstraints: true })
  // As the server's own connection has it.
  target.exec(`pragma synchronous = full; pragma wal_autocheckpoint = 4000;
    pragma cache_size = -32768; pragma temp_store = memory`)
  const inserts = new Map(tables.map((table) => [table, insertInto(target, table)]))
  const reader = new RowReader(source)
  let rows = 0
  let writingMs = 0
  for (let from = 1; rows < maxRows; from += rowsPerTransaction) {
    const group = reader.read(from, from + rowsPerTransaction - 1)
    if (group.spans.length === 0) break
    const startedMs = performance.now()
    target.exec('begin immediate')
    for (const table of tables) {
      for (const row of group[table]) inserts.get(table)?.run(...row)
    }
    target.exec('commit')
    writingMs += performance.now() - startedMs
    rows += group.spans.length
  }
  return { rows, spansPerSecond: Math.round(rows / (writingMs / 1000)) }
}

type Rows = readonly (readonly SQLInputValue[])[]

/** Reads rows in the order of arrival; a trace comes with the first of its spans. */
class RowReader {
  readonly #spans: StatementSync
  readonly #payloads: StatementSync
  readonly #traces: StatementSync
  readonly #seen = new Set<SQLInputValue>()

  constructor(source: DatabaseSync) {
    const where = 'where seq between ? and ? order by seq'
    this.#spans = source.prepare(`select * from spans ${where}`)
    this.#payloads = source.prepare(`select * from span_payloads ${where}`)
    this.#traces = source.prepare(
      `select * from traces where trace_id in (select trace_id from spans ${where})`,
    )
  }

  read(from: number, to: number): Readonly<Record<Table, Rows>> {
    const traces = valuesOf(this.#traces, from, to).filter(([seq = null]) => {
      const isNew = !this.#seen.has(seq)
      this.#seen.add(seq)
      return isNew
    })
    return {
      traces,
      spans: valuesOf(this.#spans, from, to),
      span_payloads: valuesOf(this.#payloads, from, to),
    }
  }
}

function valuesOf(statement: StatementSync, from: number, to: number): Rows {
  return statement.all(from, to).map((row) => Object.values(row))
}

function insertInto(target: DatabaseSync, table: Table): StatementSync {
  const columns = target.prepare(`select * from ${table}`).columns().length
  const marks = Array.from({ length: columns }, () => '?')
  return target.prepare(`insert into ${table} values (${marks.join(', ')})`)
}
