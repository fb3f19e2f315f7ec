import { sql, type Kysely } from 'kysely'
import type { Dialect } from '../src/platform/db/database.ts'
import { columnTypes } from './column-types.ts'

/** Work that waits for its turn, what it said, and when it comes again. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await createJobs(db, dialect)
  await createIndexes(db)
}

async function createJobs(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, real, integer } = columnTypes(dialect)
  if (dialect === 'postgres') {
    await sql`create sequence jobs_counter`.execute(db)
    await sql`create sequence job_logs_counter`.execute(db)
  }
  await sql`create table jobs (
    id ${text} primary key,
    seq ${integer} not null,
    type ${text} not null,
    data ${text} not null,
    status ${text} not null,
    lane ${text} not null,
    priority ${integer} not null,
    result ${text},
    error ${text},
    termination_reason ${text},
    attempts ${integer} not null,
    max_attempts ${integer} not null,
    scheduled_at ${real} not null,
    next_retry_at ${real},
    due_at ${real},
    turn_at ${real},
    started_at ${real},
    completed_at ${real},
    retry_delay_ms ${integer} not null,
    retry_backoff_multiplier ${real} not null,
    max_retry_delay_ms ${integer} not null,
    lease_owner ${text},
    lease_until ${real},
    progress ${real},
    is_cancelled ${integer} not null,
    schedule_id ${text},
    created_by ${text},
    created_at ${real} not null,
    updated_at ${real} not null
  )`.execute(db)
  await sql`create table job_logs (
    seq ${integer} primary key,
    job_id ${text} not null,
    at ${real} not null,
    level ${text} not null,
    message ${text} not null
  )`.execute(db)
  await sql`create table job_schedules (
    id ${text} primary key,
    name ${text} not null unique,
    type ${text} not null,
    data ${text} not null,
    every_seconds ${integer},
    cron ${text},
    is_active ${integer} not null,
    next_at ${real} not null,
    last_job_id ${text},
    created_by ${text},
    created_at ${real} not null,
    updated_at ${real} not null
  )`.execute(db)
}

const indexes = [
  ['jobs_by_time', 'jobs', 'created_at, seq'],
  ['jobs_by_status', 'jobs', 'type, status, created_at'],
  ['jobs_by_maker', 'jobs', 'created_by, created_at, seq'],
  ['job_logs_by_job', 'job_logs', 'job_id, seq'],
] as const

async function createIndexes(db: Kysely<unknown>): Promise<void> {
  for (const [name, table, columns] of indexes) {
    await sql`create index ${sql.ref(name)} on ${sql.ref(table)} (${sql.raw(columns)})`.execute(db)
  }
  // Jobs that wait, run or have ended are each looked for among many of the others.
  await sql`create index jobs_by_turn on jobs (lane, turn_at, seq)
    where due_at is not null`.execute(db)
  await sql`create index jobs_by_due on jobs (due_at) where due_at is not null`.execute(db)
  await sql`create index jobs_by_lease on jobs (lease_until)
    where lease_until is not null`.execute(db)
  await sql`create index jobs_by_end on jobs (completed_at)
    where completed_at is not null`.execute(db)
}
