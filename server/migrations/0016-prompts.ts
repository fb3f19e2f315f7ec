import { sql, type Kysely } from 'kysely'
import type { Dialect } from '../src/platform/db/database.ts'
import { columnTypes } from './column-types.ts'

/** Prompts, what they are tested on, files and executions. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await createPrompts(db, dialect)
  await createFiles(db, dialect)
  await createExecutions(db, dialect)
  await createIndexes(db)
}

async function createPrompts(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, real, integer } = columnTypes(dialect)
  if (dialect === 'postgres') await sql`create sequence test_items_counter`.execute(db)
  await sql`create table prompts (
    id ${text} primary key,
    name ${text} not null unique,
    prompt ${text} not null,
    messages ${text},
    schema_input ${text},
    schema_response ${text},
    options ${text},
    current_version ${integer} not null,
    created_by ${text},
    created_at ${real} not null,
    updated_at ${real} not null
  )`.execute(db)
  await sql`create table prompt_revisions (
    prompt_id ${text} not null,
    version ${integer} not null,
    name ${text} not null,
    prompt ${text} not null,
    messages ${text},
    schema_input ${text},
    schema_response ${text},
    options ${text},
    created_by ${text},
    created_at ${real} not null,
    primary key (prompt_id, version)
  )`.execute(db)
  await sql`create table comments (
    id ${text} primary key,
    text ${text} not null,
    data ${text} not null,
    prompt_id ${text},
    execution_id ${text},
    created_by ${text},
    created_at ${real} not null,
    updated_at ${real} not null
  )`.execute(db)
  await sql`create table test_groups (
    id ${text} primary key,
    name ${text} not null unique,
    description ${text},
    mode ${text} not null,
    created_by ${text},
    created_at ${real} not null,
    updated_at ${real} not null
  )`.execute(db)
  await sql`create table test_items (
    id ${text} primary key,
    seq ${integer} not null,
    group_id ${text} not null,
    name ${text},
    content ${text} not null,
    created_at ${real} not null,
    updated_at ${real} not null
  )`.execute(db)
}

async function createFiles(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, real, integer } = columnTypes(dialect)
  await sql`create table file_blobs (
    sha256 ${text} primary key,
    size_bytes ${integer} not null,
    data ${text} not null,
    created_at ${real} not null
  )`.execute(db)
  await sql`create table files (
    id ${text} primary key,
    sha256 ${text} not null,
    name ${text} not null,
    original_name ${text} not null,
    mime_type ${text} not null,
    size_bytes ${integer} not null,
    description ${text},
    tags ${text},
    uploaded_by ${text},
    created_at ${real} not null,
    updated_at ${real} not null
  )`.execute(db)
}

async function createExecutions(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, real, integer } = columnTypes(dialect)
  await sql`create table executions (
    id ${text} primary key,
    seq ${integer} not null,
    prompt_id ${text},
    prompt_version ${integer},
    prompt_text ${text},
    user_input ${text} not null,
    provider ${text} not null,
    model ${text} not null,
    status ${text} not null,
    result ${text},
    result_valid ${integer},
    result_validation_message ${text},
    input_tokens ${integer},
    output_tokens ${integer},
    cost_usd ${real},
    error_message ${text},
    started_at ${real},
    completed_at ${real},
    options ${text},
    starred ${integer},
    user_status ${text},
    test_group_id ${text},
    test_item_id ${text},
    bundle_id ${text},
    bundle_position ${integer},
    trace_label ${text},
    trace_id ${text},
    span_id ${text},
    file_id ${text},
    origin ${text} not null,
    webhook_ids ${text},
    deployment_id ${text},
    deployment_revision ${integer},
    job_id ${text},
    created_by ${text},
    created_at ${real} not null,
    updated_at ${real} not null
  )`.execute(db)
}

const indexes = [
  ['prompts_by_time', 'prompts', 'created_at, id'],
  ['prompts_by_update', 'prompts', 'updated_at, id'],
  ['comments_by_prompt', 'comments', 'prompt_id, created_at'],
  ['comments_by_execution', 'comments', 'execution_id, created_at'],
  ['test_groups_by_time', 'test_groups', 'created_at, id'],
  ['test_items_by_group', 'test_items', 'group_id, seq'],
  ['files_by_time', 'files', 'created_at, id'],
  ['files_by_content', 'files', 'sha256'],
  ['executions_by_time', 'executions', 'created_at, seq'],
  ['executions_by_status', 'executions', 'status, created_at, seq'],
  ['executions_by_prompt', 'executions', 'prompt_id, created_at, seq'],
  ['executions_by_end', 'executions', 'completed_at, status'],
  ['executions_by_bundle', 'executions', 'bundle_id, bundle_position'],
] as const

async function createIndexes(db: Kysely<unknown>): Promise<void> {
  for (const [name, table, columns] of indexes) {
    await sql`create index ${sql.ref(name)} on ${sql.ref(table)} (${sql.raw(columns)})`.execute(db)
  }
}
