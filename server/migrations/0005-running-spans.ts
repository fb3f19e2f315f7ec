import { sql, type Kysely } from 'kysely'
import type { Dialect } from '../src/platform/db/database.ts'
import { columnTypes } from './column-types.ts'

/**
 * Spans that some process of this server is making at the moment, and the processes that are
 * alive: what a process leaves open when it dies is closed by another.
 */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, real, integer } = columnTypes(dialect)
  await sql`create table running_spans (
    span_id ${text} primary key,
    process_id ${text} not null,
    started_at ${real} not null,
    is_quiet ${integer} not null
  )`.execute(db)
  await sql`create table processes (
    id ${text} primary key,
    seen_at ${real} not null
  )`.execute(db)
}
