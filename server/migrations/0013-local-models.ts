import { sql, type Kysely } from 'kysely'
import type { Dialect } from '../src/platform/db/database.ts'
import { columnTypes } from './column-types.ts'

/** Names for model files, what is known of the files, and their downloads. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, real, integer } = columnTypes(dialect)
  for (const column of ['repo', 'filename', 'snapshot', 'context_params']) {
    await sql`alter table model_aliases add column ${sql.ref(column)} ${text}`.execute(db)
  }
  for (const column of ['label', 'prefix', 'api_format']) {
    await sql`alter table provider_connections add column ${sql.ref(column)} ${text}`.execute(db)
  }
  await sql`create table model_metadata (
    repo ${text} not null,
    filename ${text} not null,
    snapshot ${text} not null,
    size_bytes ${integer},
    value ${text} not null,
    created_at ${real} not null,
    primary key (repo, filename, snapshot)
  )`.execute(db)
  await sql`create table downloads (
    id ${text} primary key,
    repo ${text} not null,
    filename ${text} not null,
    revision ${text} not null,
    status ${text} not null,
    error ${text},
    error_code ${text},
    total_bytes ${integer},
    downloaded_bytes ${integer} not null default 0,
    snapshot ${text},
    alias ${text},
    process_id ${text},
    created_by ${text},
    created_at ${real} not null,
    updated_at ${real} not null,
    started_at ${real},
    archived_at ${real}
  )`.execute(db)
  await sql`create index downloads_by_update on downloads (updated_at)`.execute(db)
}
