import { sql, type Kysely } from 'kysely'
import type { Dialect } from '../src/platform/db/database.ts'
import { columnTypes } from './column-types.ts'

/** What API keys may spend and which models they reach; what they have used; kept replies. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, real, integer } = columnTypes(dialect)
  await sql`alter table api_keys add column limits ${text}`.execute(db)
  await sql`alter table api_keys add column models ${text}`.execute(db)
  await sql`create table key_counters (
    id ${text} primary key,
    key_id ${text} not null references api_keys (id) on delete cascade,
    period ${text} not null check (period in ('minute', 'day', 'month', 'total')),
    started_at ${integer} not null,
    requests ${integer} not null,
    tokens ${integer} not null,
    cost_usd ${real} not null,
    cost_remainder ${real} not null
  )`.execute(db)
  await sql`create index key_counters_by_key on key_counters (key_id, period, started_at)`.execute(
    db,
  )
  await sql`create table response_cache (
    key ${text} primary key,
    kept_at ${real} not null,
    expires_at ${real} not null,
    size ${integer} not null,
    value ${text} not null
  )`.execute(db)
  await sql`create index response_cache_by_age on response_cache (kept_at, key)`.execute(db)
  await sql`create index response_cache_by_end on response_cache (expires_at)`.execute(db)
  await sql`create table response_cache_size (
    id ${integer} primary key,
    bytes ${integer} not null
  )`.execute(db)
}
