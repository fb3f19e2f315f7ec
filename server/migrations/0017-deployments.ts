import { sql, type Kysely } from 'kysely'
import type { Dialect } from '../src/platform/db/database.ts'
import { columnTypes } from './column-types.ts'

/** Bundles of executions, prompts in use under a name, and who is told of what became of them. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await createBundles(db, dialect)
  await createDeployments(db, dialect)
  await createWebhooks(db, dialect)
  await sql`drop index executions_by_end`.execute(db)
  for (const [name, table, columns] of indexes) {
    await sql`create index ${sql.ref(name)} on ${sql.ref(table)} (${sql.raw(columns)})`.execute(db)
  }
}

async function createBundles(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, real } = columnTypes(dialect)
  if (dialect === 'postgres') await sql`create sequence executions_counter`.execute(db)
  await sql`create table execution_bundles (
    id ${text} primary key,
    test_group_id ${text} not null,
    prompt_id ${text} not null,
    created_by ${text},
    created_at ${real} not null,
    updated_at ${real} not null
  )`.execute(db)
}

async function createDeployments(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, real, integer } = columnTypes(dialect)
  await sql`create table deployments (
    id ${text} primary key,
    name ${text} not null unique,
    revision ${integer} not null,
    prompt_id ${text} not null,
    prompt_version ${integer} not null,
    provider ${text} not null,
    model ${text} not null,
    options ${text},
    webhook_ids ${text},
    created_by ${text},
    created_at ${real} not null,
    updated_at ${real} not null
  )`.execute(db)
  await sql`create table deployment_revisions (
    deployment_id ${text} not null,
    revision ${integer} not null,
    prompt_id ${text} not null,
    prompt_version ${integer} not null,
    provider ${text} not null,
    model ${text} not null,
    options ${text},
    webhook_ids ${text},
    created_by ${text},
    created_at ${real} not null,
    primary key (deployment_id, revision)
  )`.execute(db)
  await sql`create table embedding_deployments (
    id ${text} primary key,
    name ${text} not null unique,
    model ${text} not null,
    input_type ${text},
    webhook_ids ${text},
    created_by ${text},
    created_at ${real} not null,
    updated_at ${real} not null
  )`.execute(db)
}

async function createWebhooks(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, real, integer } = columnTypes(dialect)
  await sql`create table webhook_destinations (
    id ${text} primary key,
    identifier ${text} not null unique,
    name ${text} not null,
    url ${text} not null,
    is_active ${integer} not null,
    secret ${text},
    credentials ${text},
    created_by ${text},
    created_at ${real} not null,
    updated_at ${real} not null
  )`.execute(db)
  await sql`create table webhook_deliveries (
    id ${text} primary key,
    job_id ${text} not null,
    destination_id ${text},
    url ${text} not null,
    event ${text} not null,
    body ${text} not null,
    status ${text} not null,
    attempts ${integer} not null,
    last_status ${integer},
    last_error ${text},
    execution_id ${text},
    created_at ${real} not null,
    updated_at ${real} not null
  )`.execute(db)
}

const indexes = [
  // All that the dashboard asks of an execution, so that it need not look at the rows.
  [
    'executions_usage',
    'executions',
    'status, provider, model, completed_at, input_tokens, output_tokens, cost_usd',
  ],
  ['executions_by_trace', 'executions', 'trace_id'],
  ['bundles_by_group', 'execution_bundles', 'test_group_id, created_at'],
  ['bundles_by_prompt', 'execution_bundles', 'prompt_id, created_at'],
  ['deployments_by_time', 'deployments', 'created_at, id'],
  ['deliveries_by_time', 'webhook_deliveries', 'created_at, id'],
  ['deliveries_by_job', 'webhook_deliveries', 'job_id'],
] as const
