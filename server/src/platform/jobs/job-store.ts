import { sql, type RawBuilder } from 'kysely'
import { anyOf } from '../db/any-of.ts'
import type { Dialect, Tx } from '../db/database.ts'
import type { JobsTable } from '../db/job-tables.ts'

/**
 * The clock of leases: the database's own, so that processes on machines whose clocks differ agree
 * on when one has run out. All other times of jobs are decided by the clock of the process.
 */
function databaseNow(dialect: Dialect): RawBuilder<number> {
  return dialect === 'sqlite'
    ? sql<number>`unixepoch('subsec')`
    : sql<number>`extract(epoch from clock_timestamp())::double precision`
}

/** Rows that another transaction has in hand are passed over. */
function passingOver(dialect: Dialect): RawBuilder<unknown> {
  return dialect === 'sqlite' ? sql`` : sql`for update skip locked`
}

/** More at once would keep the thread from everything else while they are handed over. */
const rowsAtOnce = 1000

export async function insertJobs(tx: Tx, rows: readonly Omit<JobsTable, 'seq'>[]): Promise<void> {
  const seqs = await tx.allocate('jobs', rows.length)
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    const some = rows.slice(start, start + rowsAtOnce)
    await tx.insertMany(
      'jobs',
      some.map((row, index) => ({ ...row, seq: seqs[start + index] ?? 0 })),
    )
  }
}

export interface ClaimAsk {
  /** Unix seconds by the process. */
  readonly now: number
  /** What this claim is called; never used before. */
  readonly owner: string
  readonly leaseSeconds: number
  /** The lanes that may be served, with how many of each may run over all processes. */
  readonly bounds: Readonly<Record<string, number>>
  /** The types whose schedules count. */
  readonly types: readonly string[]
}

export interface Claim {
  /** In the order of their turns. */
  readonly jobs: readonly JobsTable[]
  /** Every lane in which something waits, now or for later. */
  readonly waitingLanes: readonly string[]
  /** Lanes whose places were all taken, so that more may wait. */
  readonly fullLanes: readonly string[]
  /** When the next job is due, and the next schedule. */
  readonly nextDueAt: number | null
  readonly nextScheduleAt: number | null
}

/**
 * Takes what is due, as far as lanes have places. Processes count the places one after the other, so
 * that all together keep the bounds.
 */
export async function claimJobs(tx: Tx, ask: ClaimAsk): Promise<Claim> {
  if (tx.dialect === 'postgres') {
    await sql`select pg_advisory_xact_lock(hashtext('pharos.jobs.claim'))`.execute(tx.db)
  }
  const waitingLanes = await lanesWithWaiting(tx)
  const free = await freePlaces(tx, waitingLanes, ask.bounds)
  const open = free.filter(({ places }) => places > 0)
  const jobs = open.length === 0 ? [] : await takeJobs(tx, ask, open)
  const isFull = ({ lane, places }: LanePlaces) =>
    places <= 0 || jobs.filter((job) => job.lane === lane).length >= places
  const { rows } = await sql<{ due: number | null; schedule: number | null }>`
    select (select min(due_at) from jobs where due_at > ${ask.now}) as due,
      (select min(next_at) from job_schedules
        where is_active = 1 and ${anyOf(tx.dialect, 'type', ask.types)}) as schedule`.execute(tx.db)
  return {
    jobs: jobs.toSorted((a, b) => (a.turn_at ?? 0) - (b.turn_at ?? 0) || a.seq - b.seq),
    waitingLanes,
    fullLanes: free.filter(isFull).map(({ lane }) => lane),
    nextDueAt: rows[0]?.due ?? null,
    nextScheduleAt: rows[0]?.schedule ?? null,
  }
}

interface LanePlaces {
  readonly lane: string
  readonly places: number
}

/** Steps from lane to lane through the index, whatever the number of jobs in each. */
async function lanesWithWaiting(tx: Tx): Promise<string[]> {
  const { rows } = await sql<{ lane: string }>`
    with recursive lanes (lane) as (
      select (select lane from jobs where due_at is not null order by lane limit 1)
      union all
      select (select jobs.lane from jobs where due_at is not null and jobs.lane > lanes.lane
        order by jobs.lane limit 1)
      from lanes where lanes.lane is not null
    ) select lane from lanes where lane is not null`.execute(tx.db)
  return rows.map(({ lane }) => lane)
}

async function freePlaces(
  tx: Tx,
  waitingLanes: readonly string[],
  bounds: ClaimAsk['bounds'],
): Promise<LanePlaces[]> {
  const rows = await tx.db
    .selectFrom('jobs')
    .select(({ fn }) => ['lane', fn.countAll().as('count')])
    .where('lease_until', 'is not', null)
    .groupBy('lane')
    .execute()
  const running = new Map(rows.map(({ lane, count }) => [lane, Number(count)]))
  return waitingLanes.flatMap((lane) => {
    const bound = bounds[lane]
    return bound === undefined ? [] : [{ lane, places: bound - (running.get(lane) ?? 0) }]
  })
}

async function takeJobs(
  tx: Tx,
  { now, owner, leaseSeconds }: ClaimAsk,
  lanes: readonly LanePlaces[],
): Promise<JobsTable[]> {
  const picks = lanes.map(
    ({ lane, places }, index) => sql`select id from (
      select id from jobs where lane = ${lane} and due_at <= ${now}
      order by turn_at, seq limit ${places} ${passingOver(tx.dialect)}
    ) as ${sql.ref(`lane_${index}`)}`,
  )
  const { rows } = await sql<JobsTable>`
    with picked as materialized (${sql.join(picks, sql` union all `)})
    update jobs set status = 'running', started_at = ${now}, updated_at = ${now},
      due_at = null, next_retry_at = null, progress = null, lease_owner = ${owner},
      lease_until = ${databaseNow(tx.dialect)} + ${sql.lit(leaseSeconds)}
    where id in (select id from picked) returning *`.execute(tx.db)
  return rows
}

export interface Completion {
  readonly id: string
  readonly owner: string
  /** JSON. */
  readonly result: string | null
  readonly at: number
}

/**
 * Parts of what is asked for jobs, none of which names a job twice: two owners of one job may come at
 * once, and the reply to one is not to be taken for the other's.
 */
export function eachJobOnce<T>(asks: readonly T[], idOf: (ask: T) => string): (readonly T[])[] {
  const ids = new Set(asks.map(idOf))
  return ids.size === asks.length ? [asks] : asks.map((ask) => [ask])
}

/**
 * Completes the jobs that are still their owner's; gives their ids. One that was asked to stop is
 * completed all the same, as it was done before it heard of that, unless those are spared.
 */
export async function completeJobs(
  tx: Tx,
  completions: readonly Completion[],
  { sparesCancelled = false }: { readonly sparesCancelled?: boolean } = {},
): Promise<ReadonlySet<string>> {
  const given = JSON.stringify(completions)
  const source =
    tx.dialect === 'sqlite'
      ? sql`(select value ->> '$.id' as id, value ->> '$.owner' as owner,
          value ->> '$.result' as result, value ->> '$.at' as at from json_each(${given})) as given`
      : sql`json_to_recordset(${given}::json)
          as given (id text, owner text, result text, at double precision)`
  const { rows } = await sql<{ id: string }>`
    update jobs set status = 'completed', result = given.result, error = null, progress = 1,
      completed_at = given.at, updated_at = given.at, lease_owner = null, lease_until = null,
      is_cancelled = 0
    from ${source}
    where jobs.id = given.id and jobs.lease_owner = given.owner
      ${sparesCancelled ? sql`and jobs.is_cancelled = 0` : sql``}
    returning jobs.id as id`.execute(tx.db)
  return new Set(rows.map(({ id }) => id))
}

export type LeaseFacts = Pick<JobsTable, 'id' | 'lease_owner' | 'is_cancelled'>

/** Keeps the leases of running jobs; a job that is not given back is nobody's of these owners. */
export async function keepLeases(
  tx: Tx,
  leases: { readonly ids: readonly string[]; readonly owners: readonly string[] },
  leaseSeconds: number,
): Promise<LeaseFacts[]> {
  const { rows } = await sql<LeaseFacts>`
    update jobs set lease_until = ${databaseNow(tx.dialect)} + ${sql.lit(leaseSeconds)}
    where ${anyOf(tx.dialect, 'id', leases.ids)}
      and ${anyOf(tx.dialect, 'lease_owner', leases.owners)}
    returning id, lease_owner, is_cancelled`.execute(tx.db)
  return rows
}

/** Whose leases count as run out: of `everybody`, whatever the lease. */
export interface Lapse {
  readonly everybody: boolean
}

function isLapsed({ dialect }: Tx, { everybody }: Lapse): RawBuilder<unknown> {
  return everybody ? sql`lease_until is not null` : sql`lease_until < ${databaseNow(dialect)}`
}

/** The jobs whose lease has run out, the oldest first. */
export async function lapsedJobs(tx: Tx, lapse: Lapse): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from jobs where ${isLapsed(tx, lapse)} order by lease_until, seq`.execute(tx.db)
  return rows.map(({ id }) => id)
}

/** One of them for this transaction alone; undefined when somebody else has seen to it. */
export async function lockLapsedJob(
  tx: Tx,
  id: string,
  lapse: Lapse,
): Promise<JobsTable | undefined> {
  const { rows } = await sql<JobsTable>`
    select * from jobs where id = ${id} and ${isLapsed(tx, lapse)}
    ${passingOver(tx.dialect)}`.execute(tx.db)
  return rows[0]
}

/** A job that nobody else may change until this transaction ends. */
export async function lockJob(tx: Tx, id: string): Promise<JobsTable | undefined> {
  return tx.db
    .selectFrom('jobs')
    .selectAll()
    .where('id', '=', id)
    .$if(tx.dialect === 'postgres', (query) => query.forUpdate())
    .executeTakeFirst()
}

/** Changes a job that the transaction has locked. */
export async function saveJob(
  tx: Tx,
  id: string,
  changes: Partial<Omit<JobsTable, 'id' | 'seq'>>,
): Promise<void> {
  await tx.db.updateTable('jobs').set(changes).where('id', '=', id).execute()
}

/** Deletes a few jobs that ended before a time, with their logs; gives their number. */
export async function deleteEndedJobs(
  tx: Tx,
  { before, limit }: { readonly before: number; readonly limit: number },
): Promise<number> {
  const rows = await tx.db
    .selectFrom('jobs')
    .select('id')
    .where('completed_at', '<', before)
    .orderBy('completed_at')
    .limit(limit)
    .execute()
  const ids = rows.map(({ id }) => id)
  await tx.db
    .deleteFrom('job_logs')
    .where(anyOf(tx.dialect, 'job_id', ids))
    .execute()
  await tx.db
    .deleteFrom('jobs')
    .where(anyOf(tx.dialect, 'id', ids))
    .execute()
  return ids.length
}
