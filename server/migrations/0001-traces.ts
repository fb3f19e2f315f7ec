import { sql, type Kysely } from 'kysely'
import type { Dialect } from '../src/platform/db/database.ts'
import { columnTypes } from './column-types.ts'

/** Traces with their spans, and what hangs on them. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await createTraces(db, dialect)
  await createSpans(db, dialect)
  await createPromptVersions(db, dialect)
  if (dialect === 'sqlite') {
    await sql`create table counters (name text primary key, value integer not null)
      without rowid`.execute(db)
  } else {
    await sql`create sequence traces_counter`.execute(db)
    await sql`create sequence spans_counter`.execute(db)
    await sql`create sequence prompt_versions_counter`.execute(db)
    await createOutbox(db)
  }
}

async function createTraces(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, seq, real, integer } = columnTypes(dialect)
  await sql`create table traces (
    seq ${seq} primary key,
    trace_id ${text} not null unique,
    name ${text} not null,
    name_start ${real} not null,
    name_span_id ${text} not null,
    name_is_root ${integer} not null,
    start_time ${real} not null,
    end_time ${real},
    span_count ${integer} not null,
    error_count ${integer} not null,
    unset_count ${integer} not null,
    status ${text} not null,
    tags ${text} not null,
    total_cost_usd ${real} not null,
    cost_remainder ${real} not null,
    total_tokens ${integer} not null,
    payload_size ${integer} not null,
    sdk_language ${text},
    owner_key ${text},
    created_at ${real} not null
  )`.execute(db)
  await sql`create index traces_by_created_at on traces (created_at, seq)`.execute(db)
  await sql`create index traces_by_status on traces (status, created_at, seq)`.execute(db)
}

async function createSpans(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, seq, real, integer } = columnTypes(dialect)
  await sql`create table spans (
    seq ${seq} primary key,
    span_id ${text} not null unique,
    trace_id ${text} not null references traces (trace_id) on delete cascade,
    parent_span_id ${text},
    span_type ${text} not null,
    name ${text} not null,
    status ${text} not null,
    error_message ${text},
    start_time ${real} not null,
    end_time ${real},
    annotations ${text} not null,
    sdk_language ${text},
    created_at ${real} not null,
    cost_usd ${real},
    total_tokens ${integer},
    input_tokens ${integer},
    output_tokens ${integer},
    model ${text},
    framework ${text}
  )`.execute(db)
  await sql`create index spans_by_trace on spans (trace_id, start_time, seq)`.execute(db)
  await sql`create index spans_by_cost on spans (cost_usd)
    where span_type = 'llm_call' and cost_usd > 0`.execute(db)
  await sql`create index spans_by_duration on spans ((end_time - start_time))
    where span_type = 'tool_use' and end_time is not null`.execute(db)
  await sql`create table span_payloads (
    seq ${seq} primary key references spans (seq) on delete cascade,
    attributes ${text} not null
  )`.execute(db)
}

async function createPromptVersions(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, real, seq } = columnTypes(dialect)
  await sql`create table prompt_versions (
    seq ${seq} primary key,
    version_id ${text} not null unique,
    span_id ${text} not null references spans (span_id) on delete cascade,
    prompt_text ${text} not null,
    label ${text},
    created_at ${real} not null
  )`.execute(db)
  await sql`create index prompt_versions_by_span on prompt_versions (span_id, created_at, seq)`.execute(
    db,
  )
}

async function createOutbox(db: Kysely<unknown>): Promise<void> {
  await sql`create table outbox (
    id bigint generated always as identity primary key,
    xid xid8 not null default pg_current_xact_id(),
    origin text not null,
    topic text not null,
    body text not null,
    created_at double precision not null default extract(epoch from now())
  )`.execute(db)
  await sql`create index outbox_in_order on outbox (xid, id)`.execute(db)
}
