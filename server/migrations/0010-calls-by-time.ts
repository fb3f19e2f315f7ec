import { sql, type Kysely } from 'kysely'

/** The newest model calls, whoever told of them, without a walk over all spans. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index spans_calls_by_time on spans (start_time, seq)
    where span_type = 'llm_call'`.execute(db)
}
