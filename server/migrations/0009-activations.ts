import { sql, type Kysely } from 'kysely'
import type { Dialect } from '../src/platform/db/database.ts'
import { columnTypes } from './column-types.ts'

/** Runs of the activation explorer: narrow rows for lists, what fired inside beside them. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, real, integer } = columnTypes(dialect)
  await sql`create table activation_runs (
    request_id ${text} primary key,
    created_at ${real} not null,
    updated_at ${real} not null,
    owner_key ${text},
    model_id ${text} not null,
    hf_model_id ${text},
    prompt_chars ${integer} not null,
    output_tokens ${integer} not null,
    rows_count ${integer} not null,
    features_count ${integer} not null,
    sae_enabled ${integer} not null,
    sae_id ${text},
    sae_layer ${integer},
    duration_ms ${integer} not null,
    status ${text} not null check (status in ('ok', 'error')),
    error_message ${text},
    top_features ${text}
  )`.execute(db)
  await sql`create index activation_runs_by_time on activation_runs (created_at, request_id)`.execute(
    db,
  )
  await sql`create index activation_runs_by_owner
    on activation_runs (owner_key, created_at, request_id)`.execute(db)
  await sql`create table activation_previews (
    request_id ${text} primary key references activation_runs (request_id) on delete cascade,
    created_at ${real} not null,
    updated_at ${real} not null,
    prompt ${text} not null,
    output_text ${text} not null,
    output_token_ids ${text} not null,
    sae_top_k ${integer} not null,
    feature_timeline ${text} not null
  )`.execute(db)
}
