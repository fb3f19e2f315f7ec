import { sql, type Kysely } from 'kysely'
import type { Dialect } from '../src/platform/db/database.ts'
import { columnTypes } from './column-types.ts'

/** Numbers for API keys, and literal keys that log in as one of them. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, integer } = columnTypes(dialect)
  await sql`alter table api_keys add column number ${integer}`.execute(db)
  await sql`alter table api_keys add column login_key ${text}`.execute(db)
  await sql`alter table api_keys add column sealed_label ${text}`.execute(db)
  await sql`update api_keys set number = (
    select count(*) from api_keys as older
    where older.created_at < api_keys.created_at
      or (older.created_at = api_keys.created_at and older.id <= api_keys.id)
  )`.execute(db)
  await sql`create unique index api_keys_by_number on api_keys (number)`.execute(db)
  await sql`create index api_keys_by_login_key on api_keys (login_key, number)
    where login_key is not null`.execute(db)
  await countFrom(db, dialect)
}

/** Goes on after the numbers just given. */
async function countFrom(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  if (dialect === 'sqlite') {
    await sql`insert into counters (name, value) select 'api_keys', count(*) from api_keys`.execute(
      db,
    )
    return
  }
  await sql`alter table api_keys alter column number set not null`.execute(db)
  await sql`create sequence api_keys_counter`.execute(db)
  await sql`select setval('api_keys_counter', count(*) + 1, false) from api_keys`.execute(db)
}
