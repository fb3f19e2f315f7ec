import { sql, type RawBuilder } from 'kysely'
import type { Dialect } from '../src/platform/db/database.ts'

export interface ColumnTypes {
  /** Compared byte by byte on both databases. */
  readonly text: RawBuilder<unknown>
  /** A whole number up to 2^53. */
  readonly integer: RawBuilder<unknown>
  readonly real: RawBuilder<unknown>
  /** A growing number that the server gives out; the row's own address on SQLite. */
  readonly seq: RawBuilder<unknown>
}

export function columnTypes(dialect: Dialect): ColumnTypes {
  if (dialect === 'sqlite') {
    return { text: sql`text`, integer: sql`integer`, real: sql`real`, seq: sql`integer` }
  }
  return {
    text: sql`text collate "C"`,
    integer: sql`bigint`,
    real: sql`double precision`,
    seq: sql`bigint`,
  }
}
