import { DomainError } from '../../platform/domain-error.ts'
import type { Job, JobStatus } from '../../platform/jobs/job.ts'
import type { WriterReference, WrittenText } from '../../platform/threads/written-text.ts'
import { allow, identityOf, mayUse, type Caller, type Uses } from '../identity/index.ts'
import type { JobContext } from './powers.ts'
import {
  countByLane,
  countByType,
  isShown,
  pageOfJobs,
  pageOfLogs,
  writtenJob,
  type JobLog,
  type JobQuery,
  type JobReach,
} from './store.ts'

/** A page of jobs. Needs `jobs:read`, which shows one's own; `jobs:manage` shows all. */
export async function listJobs(
  ctx: Uses<'db' | 'caller'>,
  query: JobQuery,
): Promise<{ readonly jobs: readonly Job[]; readonly total: number }> {
  const reach = reachOf(ctx.caller)
  return ctx.db.read((tx) => pageOfJobs(tx, reach, query))
}

/**
 * One job, if `listJobs` would show it, with all of its data and result, in a surface's own words
 * (`writer` names a `JobWriter`); read and written off the main thread. Throws DomainError
 * `not-found`.
 */
export async function getJob(
  ctx: Uses<'db' | 'caller'>,
  id: string,
  writer: WriterReference,
): Promise<WrittenText> {
  const reach = reachOf(ctx.caller)
  const job = await ctx.db.run(writtenJob, { reach, id, writer })
  if (job === undefined) throw noJob(id)
  return job
}

/** What a job said, the first line first. Throws DomainError `not-found`. */
export async function listJobLogs(
  ctx: Uses<'db' | 'caller'>,
  id: string,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ readonly lines: readonly JobLog[]; readonly total: number }> {
  const reach = reachOf(ctx.caller)
  return ctx.db.read(async (tx) => {
    if (!(await isShown(tx, reach, id))) throw noJob(id)
    return pageOfLogs(tx, id, page)
  })
}

export interface LaneStats {
  readonly lane: string
  readonly waiting: number
  readonly running: number
  /** How many may run at a time; null for a type that this process does not know. */
  readonly bound: number | null
  /** How long the first of those that could run has waited; 0 when none could. */
  readonly waitedSeconds: number
}

export interface JobStats {
  readonly total: number
  readonly byStatus: Readonly<Partial<Record<JobStatus, number>>>
  readonly types: ReadonlyArray<{
    readonly type: string
    /** Whether this process can run them; else they wait for one that can. */
    readonly isKnown: boolean
    readonly byStatus: Readonly<Partial<Record<JobStatus, number>>>
  }>
  /** Those in which something waits or runs. */
  readonly lanes: readonly LaneStats[]
}

/** How many jobs there are, and how those do that are not over; as far as `listJobs` shows them. */
export async function jobStats(
  ctx: Pick<JobContext, 'db' | 'clock' | 'caller' | 'jobs'>,
): Promise<JobStats> {
  const { db, clock, caller, jobs } = ctx
  const reach = reachOf(caller)
  const [counts, lanes] = await db.read(
    async (tx) => [await countByType(tx, reach), await countByLane(tx, reach)] as const,
  )
  const now = clock.nowSeconds()
  const sums = (rows: typeof counts) =>
    rows.reduce<Record<string, number>>(
      (sum, { status, count }) => ({ ...sum, [status]: (sum[status] ?? 0) + count }),
      {},
    )
  return {
    total: counts.reduce((sum, { count }) => sum + count, 0),
    byStatus: sums(counts),
    types: [...new Set(counts.map(({ type }) => type))].map((type) => ({
      type,
      isKnown: jobs.types.includes(type),
      byStatus: sums(counts.filter((row) => row.type === type)),
    })),
    lanes: lanes.map(({ lane, waiting, running, dueSince }) => ({
      lane,
      waiting,
      running,
      bound: jobs.boundOf(lane) ?? null,
      waitedSeconds: dueSince === null ? 0 : Math.max(0, now - dueSince),
    })),
  }
}

function reachOf(caller: Caller): JobReach {
  allow(caller, 'jobs:read')
  return mayUse(caller, 'jobs:manage') ? 'all' : { createdBy: identityOf(caller) }
}

function noJob(id: string): DomainError {
  return new DomainError('not-found', `There is no job ${id}`)
}
