import type { Kysely } from 'kysely'
import type { Connection } from './connection.ts'
import type { Tx } from './database.ts'
import type { Schema } from './schema.ts'

/** What the typed interface lets in is a flat row; here its columns are read by name. */
type Row = object

/**
 * The bulk statements of an open transaction. SQLite runs one prepared statement a row, which is
 * its fastest way; PostgreSQL takes all rows as one JSON parameter, typed by the table itself.
 */
export function createTx(connection: Connection, db: Kysely<Schema>): Tx {
  const { dialect } = connection
  return {
    dialect,
    db,
    insertMany: (table, rows, onConflict) =>
      dialect === 'sqlite'
        ? insertEach(connection, table, rows, onConflict)
        : insertSet(connection, table, rows, onConflict),
    updateMany: (table, key, rows) =>
      dialect === 'sqlite'
        ? updateEach(connection, table, key, rows)
        : updateSet(connection, table, key, rows),
    allocate: (counter, count) =>
      dialect === 'sqlite'
        ? allocateFromTable(connection, counter, count)
        : allocateFromSequence(connection, counter, count),
  }
}

async function insertEach(
  connection: Connection,
  table: string,
  rows: readonly Row[],
  onConflict: 'ignore' | undefined,
): Promise<number> {
  const columns = columnsOf(rows)
  if (columns.length === 0) return 0
  const verb = onConflict === 'ignore' ? 'insert or ignore' : 'insert'
  const marks = columns.map(() => '?').join(', ')
  return connection.each(
    `${verb} into ${quote(table)} (${columns.map(quote).join(', ')}) values (${marks})`,
    rows.map((row) => columns.map((column) => valueOf(row, column))),
  )
}

async function insertSet(
  connection: Connection,
  table: string,
  rows: readonly Row[],
  onConflict: 'ignore' | undefined,
): Promise<number> {
  const columns = columnsOf(rows)
  if (columns.length === 0) return 0
  const list = columns.map(quote).join(', ')
  const suffix = onConflict === 'ignore' ? ' on conflict do nothing' : ''
  const { changes } = await connection.query(
    `insert into ${quote(table)} (${list}) select ${list}
     from json_populate_recordset(null::${quote(table)}, $1::json)${suffix}`,
    [JSON.stringify(rows)],
  )
  return changes
}

async function updateEach(
  connection: Connection,
  table: string,
  key: string,
  rows: readonly Row[],
): Promise<void> {
  const columns = columnsOf(rows).filter((column) => column !== key)
  if (columns.length === 0) return
  const assignments = columns.map((column) => `${quote(column)} = ?`).join(', ')
  await connection.each(
    `update ${quote(table)} set ${assignments} where ${quote(key)} = ?`,
    rows.map((row) => [...columns, key].map((column) => valueOf(row, column))),
  )
}

async function updateSet(
  connection: Connection,
  table: string,
  key: string,
  rows: readonly Row[],
): Promise<void> {
  const columns = columnsOf(rows).filter((column) => column !== key)
  if (columns.length === 0) return
  const assignments = columns.map((column) => `${quote(column)} = given.${quote(column)}`)
  await connection.query(
    `update ${quote(table)} set ${assignments.join(', ')}
     from json_populate_recordset(null::${quote(table)}, $1::json) as given
     where ${quote(table)}.${quote(key)} = given.${quote(key)}`,
    [JSON.stringify(rows)],
  )
}

async function allocateFromTable(
  connection: Connection,
  counter: string,
  count: number,
): Promise<number[]> {
  if (count === 0) return []
  const { rows } = await connection.query(
    `insert into counters (name, value) values (?, ?)
     on conflict (name) do update set value = value + excluded.value returning value`,
    [counter, count],
  )
  const last = Number(rows[0]?.['value'])
  return Array.from({ length: count }, (_, index) => last - count + 1 + index)
}

async function allocateFromSequence(
  connection: Connection,
  counter: string,
  count: number,
): Promise<number[]> {
  if (count === 0) return []
  const { rows } = await connection.query(
    'select nextval($1::regclass) as value from generate_series(1, $2::int)',
    [`${counter}_counter`, count],
  )
  return rows.map((row) => Number(row['value']))
}

function valueOf(row: Row, column: string): unknown {
  return (row as Readonly<Record<string, unknown>>)[column]
}

function columnsOf(rows: readonly Row[]): string[] {
  return Object.keys(rows[0] ?? {})
}

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}
