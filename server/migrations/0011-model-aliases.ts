import { sql, type Kysely } from 'kysely'
import type { Dialect } from '../src/platform/db/database.ts'
import { columnTypes } from './column-types.ts'

/** Names for models, and what connections to their providers lacked. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, real, integer } = columnTypes(dialect)
  await sql`create table model_aliases (
    id ${text} primary key,
    name ${text} not null unique,
    kind ${text} not null,
    targets ${text} not null,
    request_params ${text} not null,
    options ${text} not null,
    created_by ${text},
    created_at ${real} not null,
    updated_at ${real} not null
  )`.execute(db)
  await sql`alter table provider_connections add column models ${text}`.execute(db)
  await sql`alter table provider_connections
    add column is_guarded ${integer} not null default 0`.execute(db)
}
