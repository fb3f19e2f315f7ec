import { sql, type Kysely } from 'kysely'
import type { Dialect } from '../src/platform/db/database.ts'
import { columnTypes } from './column-types.ts'

/** LLM calls that were run again, each with the span it began from and the one it left. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, seq, real } = columnTypes(dialect)
  await sql`create table replay_runs (
    seq ${seq} primary key,
    replay_id ${text} not null unique,
    original_span_id ${text} not null references spans (span_id) on delete cascade,
    trace_id ${text} not null,
    replay_span_id ${text},
    modified_input ${text} not null,
    new_output ${text} not null,
    diff ${text} not null,
    created_at ${real} not null
  )`.execute(db)
  await sql`create index replay_runs_by_span on replay_runs (original_span_id, created_at, seq)`.execute(
    db,
  )
  await sql`create index replay_runs_by_replay_span on replay_runs (replay_span_id)
    where replay_span_id is not null`.execute(db)
  if (dialect === 'postgres') await sql`create sequence replay_runs_counter`.execute(db)
}
