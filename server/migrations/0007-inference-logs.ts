import { sql, type Kysely } from 'kysely'
import type { Dialect } from '../src/platform/db/database.ts'
import { columnTypes } from './column-types.ts'

/** Token-level logs of inference requests, and what people make of them. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await createLogs(db, dialect)
  await createDiscussions(db, dialect)
  await createCollections(db, dialect)
  await createShareLinks(db, dialect)
  if (dialect === 'sqlite') return
  for (const counter of ['inference_logs', 'log_children', 'discussions', 'collections']) {
    await sql`create sequence ${sql.id(`${counter}_counter`)}`.execute(db)
  }
}

async function createLogs(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, seq, real, integer } = columnTypes(dialect)
  await sql`create table inference_logs (
    seq ${seq} primary key,
    request_id ${text} not null unique,
    span_id ${text} not null unique references spans (span_id) on delete cascade,
    trace_id ${text} not null,
    created_at ${real} not null,
    completed_at ${real},
    model ${text},
    mod_name ${text},
    status ${text} not null,
    owner_key ${text},
    sealed_owner ${text},
    final_text ${text},
    total_steps ${integer} not null,
    favorited_by ${text} not null,
    tags ${text} not null,
    is_public ${integer} not null,
    revision ${integer} not null
  )`.execute(db)
  await sql`create index inference_logs_by_time on inference_logs (created_at, seq)`.execute(db)
  await sql`create index inference_logs_by_owner on inference_logs (owner_key, created_at, seq)`.execute(
    db,
  )
  await sql`create index inference_logs_by_model on inference_logs (model, created_at, seq)`.execute(
    db,
  )
  await sql`create index inference_logs_by_trace on inference_logs (trace_id)`.execute(db)
  await sql`create index inference_logs_public on inference_logs (trace_id)
    where is_public = 1`.execute(db)
  await sql`create table inference_log_payloads (
    seq ${seq} primary key references inference_logs (seq) on delete cascade,
    document ${text} not null,
    unshown ${text} not null
  )`.execute(db)
}

async function createDiscussions(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, seq, real } = columnTypes(dialect)
  await sql`create table discussions (
    id ${seq} primary key,
    request_id ${text} not null references inference_logs (request_id) on delete cascade,
    username ${text} not null,
    comment ${text} not null,
    author ${text} not null,
    created_at ${real} not null,
    updated_at ${real} not null
  )`.execute(db)
  await sql`create index discussions_by_request on discussions (request_id, created_at, id)`.execute(
    db,
  )
}

async function createCollections(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, seq, real, integer } = columnTypes(dialect)
  await sql`create table collections (
    id ${seq} primary key,
    name ${text} not null,
    description ${text},
    owner ${text},
    created_by ${text},
    is_public ${integer} not null,
    created_at ${real} not null,
    updated_at ${real} not null
  )`.execute(db)
  await sql`create index collections_by_owner on collections (owner, updated_at, id)`.execute(db)
  await sql`create index collections_by_update on collections (updated_at, id)`.execute(db)
  await sql`create table collection_requests (
    collection_id ${seq} not null references collections (id) on delete cascade,
    request_id ${text} not null references inference_logs (request_id) on delete cascade,
    added_at ${real} not null,
    added_by ${text},
    notes ${text},
    needs_public ${integer} not null,
    primary key (collection_id, request_id)
  )`.execute(db)
  await sql`create index collection_requests_by_time
    on collection_requests (collection_id, added_at, request_id)`.execute(db)
  await sql`create index collection_requests_by_request on collection_requests (request_id)`.execute(
    db,
  )
}

async function createShareLinks(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, real } = columnTypes(dialect)
  await sql`create table share_links (
    token_hash ${text} primary key,
    kind ${text} not null,
    target_id ${text} not null,
    sealed_token ${text} not null,
    created_by ${text},
    created_at ${real} not null,
    unique (kind, target_id)
  )`.execute(db)
}
