import { sql, type RawBuilder } from 'kysely'
import { defineTask, type Tx } from '../../platform/db/database.ts'
import type { JobsTable } from '../../platform/db/job-tables.ts'
import {
  jobFactColumns,
  toJob,
  toJobFacts,
  type Job,
  type JobFacts,
  type JobStatus,
} from '../../platform/jobs/job.ts'
import type { JobLogLevel } from '../../platform/jobs/job-type.ts'
import { JsonText } from '../../platform/json-text.ts'
import { loadExport } from '../../platform/threads/load-export.ts'
import {
  toWritten,
  type WriterReference,
  type WrittenText,
} from '../../platform/threads/written-text.ts'

export type JobOrder = 'created_at' | 'updated_at' | 'scheduled_at' | 'started_at' | 'completed_at'

/** What is undefined does not matter. */
export interface JobFilter {
  readonly status?: JobStatus | undefined
  readonly type?: string | undefined
  /** Part of the id, the type or the data; `%` and `_` stand for anything. */
  readonly search?: string | undefined
}

export interface JobQuery extends JobFilter {
  readonly orderBy: JobOrder
  readonly direction: 'asc' | 'desc'
  readonly limit: number
  readonly offset: number
}

/** Whose jobs are shown: all, or those that one identity made. */
export type JobReach = { readonly createdBy: string } | 'all'

/** Data and results of some length are null here; `writtenJob` has them. */
export async function pageOfJobs(
  tx: Tx,
  reach: JobReach,
  query: JobQuery,
): Promise<{ readonly jobs: readonly Job[]; readonly total: number }> {
  const { count } = await matching(tx, reach, query)
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow()
  const { orderBy, direction, limit, offset } = query
  const mayLack = orderBy === 'started_at' || orderBy === 'completed_at'
  const rows = await matching(tx, reach, query)
    .select(jobFactColumns)
    .select([whole('data', sql`'null'`), whole('result', sql`null`)])
    // A time that is missing comes first in ascending order, on both databases.
    .$if(mayLack, (all) => all.orderBy(sql`${sql.ref(orderBy)} is not null`, direction))
    .orderBy(orderBy, direction)
    .orderBy('seq', direction)
    .limit(limit)
    .offset(offset)
    .execute()
  return { jobs: rows.map(toJob), total: Number(count) }
}

/** A page leaves long texts out: some are millions of numbers. */
const mostListedBytes = 64 * 1024

function whole<C extends 'data' | 'result'>(column: C, instead: RawBuilder<unknown>) {
  const text = sql.ref(column)
  return sql<JobsTable[C]>`case when octet_length(${text}) > ${mostListedBytes}
    then ${instead} else ${text} end`.as(column)
}

function matching(tx: Tx, reach: JobReach, { status, type, search }: JobFilter) {
  const term = `%${(search ?? '').toLowerCase()}%`
  return tx.db
    .selectFrom('jobs')
    .$if(reach !== 'all', (jobs) =>
      jobs.where('created_by', '=', reach === 'all' ? '' : reach.createdBy),
    )
    .$if(status !== undefined, (jobs) => jobs.where('status', '=', status ?? ''))
    .$if(type !== undefined, (jobs) => jobs.where('type', '=', type ?? ''))
    .$if(search !== undefined && search !== '', (jobs) =>
      jobs.where(({ eb, fn, or }) =>
        or(
          (['id', 'type', 'data'] as const).map((column) =>
            eb(fn('lower', [column]), 'like', term),
          ),
        ),
      ),
    )
}

export async function isShown(tx: Tx, reach: JobReach, id: string): Promise<boolean> {
  const row = await matching(tx, reach, {}).select('id').where('id', '=', id).executeTakeFirst()
  return row !== undefined
}

/** A job whose data and result are the texts that are stored. */
export interface StoredJob extends JobFacts {
  readonly data: JsonText
  readonly result: JsonText | undefined
}

/** How a surface writes a job as text. */
export type JobWriter = (job: StoredJob) => string

/** Results may be millions of numbers, so a job is written where it is read. */
export const writtenJob = defineTask<
  { readonly reach: JobReach; readonly id: string; readonly writer: WriterReference },
  WrittenText | undefined
>({
  module: import.meta.url,
  name: 'writtenJob',
  async run(tx, { reach, id, writer }) {
    const write = await loadExport<JobWriter>(writer)
    const row = await matching(tx, reach, {}).selectAll().where('id', '=', id).executeTakeFirst()
    if (row === undefined) return undefined
    const result = row.result === null ? undefined : new JsonText(row.result)
    return toWritten(write({ ...toJobFacts(row), data: new JsonText(row.data), result }))
  },
})

export interface JobLog {
  readonly at: number
  readonly level: JobLogLevel
  readonly message: string
}

const levels: readonly JobLogLevel[] = ['debug', 'info', 'warn', 'error']

/** In the order in which they were said. */
export async function pageOfLogs(
  tx: Tx,
  jobId: string,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly lines: readonly JobLog[]; readonly total: number }> {
  const lines = tx.db.selectFrom('job_logs').where('job_id', '=', jobId)
  const { count } = await lines
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await lines
    .select(['at', 'level', 'message'])
    .orderBy('seq')
    .limit(limit)
    .offset(offset)
    .execute()
  const shown = rows.map(({ at, level, message }) => {
    return { at, message, level: levels.find((known) => known === level) ?? 'info' }
  })
  return { lines: shown, total: Number(count) }
}

export interface TypeCount {
  readonly type: string
  readonly status: string
  readonly count: number
}

export async function countByType(tx: Tx, reach: JobReach): Promise<TypeCount[]> {
  const rows = await matching(tx, reach, {})
    .select(['type', 'status'])
    .select(({ fn }) => fn.countAll().as('count'))
    .groupBy(['type', 'status'])
    .orderBy('type')
    .orderBy('status')
    .execute()
  return rows.map((row) => ({ ...row, count: Number(row.count) }))
}

export interface LaneCount {
  readonly lane: string
  readonly waiting: number
  readonly running: number
  /** When the job that is due the longest was; null when none waits. Unix seconds. */
  readonly dueSince: number | null
}

/** Lanes in which something waits or runs. */
export async function countByLane(tx: Tx, reach: JobReach): Promise<LaneCount[]> {
  const mine = reach === 'all' ? sql`` : sql`and created_by = ${reach.createdBy}`
  const { rows } = await sql<{ [K in keyof LaneCount]: string | number | null }>`
    select lane, sum(is_waiting) as waiting, sum(1 - is_waiting) as running,
      min(due_at) as "dueSince"
    from (
      select lane, due_at, 1 as is_waiting from jobs where due_at is not null ${mine}
      union all
      select lane, null, 0 from jobs where lease_until is not null ${mine}
    ) as busy group by lane order by lane`.execute(tx.db)
  return rows.map(({ lane, waiting, running, dueSince }) => ({
    lane: String(lane),
    waiting: Number(waiting),
    running: Number(running),
    dueSince: dueSince === null ? null : Number(dueSince),
  }))
}
