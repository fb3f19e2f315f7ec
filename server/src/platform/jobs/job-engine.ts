import type { Listener } from '../bus/bus.ts'
import type { BusEvent } from '../bus/event.ts'
import { Watchers } from '../bus/watchers.ts'
import type { WriteTx } from '../db/database.ts'
import type { JobsTable } from '../db/job-tables.ts'
import { DomainError } from '../domain-error.ts'
import { fireSchedules } from './fire-schedules.ts'
import { isWaiting, toJob, toJobFacts, type Job } from './job.ts'
import { endJob, freshChanges } from './job-endings.ts'
import { isJobCancelled, isJobEnded, isJobsReady, jobCancelled, jobsReady } from './job-events.ts'
import { claimGroup } from './job-groups.ts'
import type { JobEngineOptions } from './job-engine-options.ts'
import { insertJobs, lockJob, saveJob, type Claim } from './job-store.ts'
import { JobStopped } from './job-outcomes.ts'
import type { JobType, NewJob } from './job-type.ts'
import { JobTypes } from './job-types.ts'
import { RunningJobs } from './running-jobs.ts'
import { checkRhythm, newScheduleRow, type NewSchedule } from './schedule.ts'
import { insertSchedule } from './schedule-store.ts'

const defaultDeadlineMs = 10_000

/**
 * Work that outlives the request that asked for it, and the process too. A job is a row, made in the
 * transaction of whoever needs it, and ends as completed, failed or terminated:
 *
 *     pending → running → completed          by the handler's return
 *        ↑         ├──→ failed · terminated  by what it throws, or by being cancelled
 *        └ retrying ←┘                       after a failure that may pass, or the process's death
 *
 * Whoever takes a job holds a lease on it and says every few seconds that it lives; a job whose
 * lease has run out is taken by any process. The end counts only if the lease is still held, so
 * a job ends once, though its handler may have begun more often. Jobs are looked for when one was
 * made (here or, told by the bus, elsewhere), when a place becomes free, when the next is due, and
 * with each heartbeat in case a word was lost. Leases are measured by the database's clock, on
 * which all processes agree; everything else by the clock given.
 */
export class JobEngine implements Listener, AsyncDisposable {
  /** It needs no rows, so nobody has to hand it any. */
  readonly isListening = false
  readonly #options: JobEngineOptions
  readonly #types = new JobTypes()
  readonly #running: RunningJobs
  readonly #recurring: NewSchedule[] = []
  readonly #ends = new Watchers()
  readonly #id: string
  #claims = 0
  #lanes = new Set<string>()
  #state: 'made' | 'taking' | 'stopping' = 'made'
  #isWoken = false
  #taking: Promise<void> | undefined
  #starting: Promise<void> = Promise.resolve()
  #nextScheduleAt: number | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(options: JobEngineOptions) {
    this.#options = options
    this.#id = options.ids.uuid()
    this.#running = new RunningJobs({
      ...options,
      types: this.#types,
      wake: () => this.wake(),
    })
  }

  /** Adds a kind of jobs; before `start`, so that none is passed by. */
  register<D>(type: JobType<D>): void {
    this.#types.add(type)
  }

  /** Has a schedule of this name made at the start, unless there is one. */
  recurring(schedule: NewSchedule): void {
    checkRhythm(schedule.rhythm)
    this.#recurring.push(schedule)
  }

  /** The types that this process knows. */
  get types(): readonly string[] {
    return this.#types.names
  }

  /** Jobs whose handlers run here now. */
  get runningCount(): number {
    return this.#running.count
  }

  /** How many jobs of a lane may run at a time; undefined for a type that is not known here. */
  boundOf(lane: string): number | undefined {
    return this.#types.boundOf(lane)
  }

  /**
   * Makes a job in the caller's transaction; it starts after the commit. Gives its id. Throws
   * DomainError `invalid` for data that the type refuses or that is longer than it allows.
   */
  async enqueue(tx: WriteTx, job: NewJob): Promise<string> {
    const [id = ''] = await this.enqueueAll(tx, [job])
    return id
  }

  /** As `enqueue`, for many at once; gives their ids in order. */
  async enqueueAll(tx: WriteTx, jobs: readonly NewJob[]): Promise<string[]> {
    const { clock, ids } = this.#options
    const now = clock.nowSeconds()
    const rows = jobs.map((job) => this.#types.plan(job, { id: job.id ?? ids.uuid(), now }))
    if (rows.length === 0) return []
    await insertJobs(tx, rows)
    tx.publish(jobsReady(rows.map(({ lane }) => lane)))
    return rows.map(({ id }) => id)
  }

  /**
   * Ends a job that waits; one that runs is asked to stop, wherever that is, and ends soon. Throws
   * DomainError `not-found`, `precondition` for one that has ended.
   */
  async cancelIn(tx: WriteTx, id: string): Promise<Job> {
    const row = await lockedJob(tx, id)
    const job = toJobFacts(row)
    const now = this.#options.clock.nowSeconds()
    if (isWaiting(job)) {
      const end = { kind: 'terminated', reason: new JobStopped('cancelled').message } as const
      await endJob(tx, row, { end, type: this.#types.find(row.type), now })
    } else if (job.status === 'running') {
      await saveJob(tx, id, { is_cancelled: 1, updated_at: now })
      tx.publish(jobCancelled(id))
    } else throw new DomainError('precondition', 'The job has ended already')
    return toJob(await lockedJob(tx, id))
  }

  /**
   * Lets a job that failed or was terminated run again, from its first attempt. Throws DomainError
   * `not-found`, `precondition` for one that did not.
   */
  async retryIn(tx: WriteTx, id: string): Promise<Job> {
    const row = await lockedJob(tx, id)
    if (row.status !== 'failed' && row.status !== 'terminated') {
      throw new DomainError('precondition', 'Only a job that failed or was ended can run again')
    }
    const changes = freshChanges(row, this.#options.clock.nowSeconds())
    await saveJob(tx, id, changes)
    const job = toJob({ ...row, ...changes })
    await this.#types.find(row.type)?.triedAgain?.(tx, job)
    tx.publish(jobsReady([row.lane]))
    return job
  }

  /** Calls `tell` at each word (`jobEnded`) that a job has ended, until it is disposed of. */
  watchEnd(jobId: string, tell: () => void): Disposable {
    return this.#ends.watch(jobId, tell)
  }

  /** Checks what a schedule is to make, as `enqueue` would. Throws DomainError `invalid`. */
  checkJob(job: NewJob): void {
    const now = this.#options.clock.nowSeconds()
    this.#types.plan(job, { id: '', now })
  }

  hear(event: BusEvent): void {
    if (isJobCancelled(event)) this.#running.cancel(event.body.jobId)
    if (isJobEnded(event)) this.#ends.tell(event.body.jobId)
    if (!isJobsReady(event)) return
    for (const lane of event.body.lanes) this.#lanes.add(lane)
    if (event.body.lanes.length === 0) this.#nextScheduleAt = 0
    this.wake()
  }

  /** Begins to take jobs. */
  start(): void {
    this.#starting = this.#open()
  }

  /** Looks for jobs now. */
  wake(): void {
    if (this.#state !== 'taking') return
    this.#isWoken = true
    this.#taking ??= this.#takeWhileWoken().finally(() => {
      this.#taking = undefined
      if (this.#isWoken) this.wake()
    })
  }

  /**
   * Takes no more jobs and lets those that run end; after the deadline they are aborted and go back
   * to wait for another process.
   */
  async stop(deadlineMs = defaultDeadlineMs): Promise<void> {
    await this.#starting
    this.#state = 'stopping'
    clearTimeout(this.#timer)
    await this.#taking
    await this.#running.stop(deadlineMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #open(): Promise<void> {
    const { db, logger, isAlone = db.dialect === 'sqlite' } = this.#options
    try {
      if (isAlone) await this.#running.takeBack({ everybody: true })
      await this.#makeRecurring()
    } catch (error) {
      logger.warn(
        { err: error },
        'jobs of an earlier run could not be taken up; they will be later',
      )
    }
    if (this.#state === 'stopping') return
    this.#state = 'taking'
    this.#running.start()
    this.wake()
  }

  async #makeRecurring(): Promise<void> {
    const { db, clock, ids } = this.#options
    const now = clock.nowSeconds()
    await db.write(async (tx) => {
      for (const schedule of this.#recurring) {
        await insertSchedule(tx, newScheduleRow(schedule, { id: ids.uuid(), now }))
      }
    })
  }

  async #takeWhileWoken(): Promise<void> {
    while (this.#isWoken && this.#state === 'taking') {
      this.#isWoken = false
      try {
        await this.#takeSome()
      } catch (error) {
        this.#options.logger.warn({ err: error }, 'jobs could not be taken; they will be later')
        return
      }
    }
  }

  async #takeSome(): Promise<void> {
    const { db, clock, leaseMs = 15_000 } = this.#options
    const now = clock.nowSeconds()
    const isScheduleDue = this.#nextScheduleAt !== null && this.#nextScheduleAt <= now
    if (isScheduleDue) await this.#fireSchedules(now)
    this.#claims += 1
    const bounds = this.#bounds()
    const owner = `${this.#id}/${this.#claims}`
    const ask = { now, owner, leaseSeconds: leaseMs / 1000, bounds, types: this.types }
    const claim = await db.enqueue(claimGroup, ask, 0)
    for (const row of claim.jobs) this.#running.begin(row)
    this.#running.fullLanes = new Set(claim.fullLanes)
    this.#noteLanes(claim, bounds)
    this.#nextScheduleAt = claim.nextScheduleAt
    if (!isScheduleDue && (claim.nextScheduleAt ?? Infinity) <= now) this.#isWoken = true
    this.#wakeAt(Math.min(claim.nextDueAt ?? Infinity, claim.nextScheduleAt ?? Infinity), now)
  }

  #bounds(): Record<string, number> {
    const known = [...this.#lanes].flatMap((lane): [string, number][] => {
      const bound = this.#types.boundOf(lane)
      return bound === undefined ? [] : [[lane, bound]]
    })
    return Object.fromEntries(known)
  }

  /** A lane that nobody here knew of is served at once. */
  #noteLanes({ waitingLanes }: Claim, asked: Record<string, number>): void {
    const mostLanes = 1000
    if (this.#lanes.size > mostLanes) this.#lanes = new Set()
    for (const lane of waitingLanes) {
      this.#lanes.add(lane)
      if (asked[lane] === undefined && this.#types.boundOf(lane) !== undefined) this.#isWoken = true
    }
  }

  async #fireSchedules(now: number): Promise<void> {
    const { db, logger } = this.#options
    await db.write((tx) =>
      fireSchedules(tx, {
        now,
        types: this.types,
        enqueue: (inTx, job) => this.enqueue(inTx, job),
        onRefused: (error, schedule) =>
          logger.warn({ err: error, ...schedule }, 'the job of a schedule was refused'),
      }),
    )
  }

  /** What is due beyond the next heartbeat is found by that. */
  #wakeAt(at: number, now: number): void {
    clearTimeout(this.#timer)
    const { beatMs = 5000 } = this.#options
    const waitMs = Math.ceil((at - now) * 1000) + 1
    if (waitMs <= 1 || waitMs > beatMs) return
    this.#timer = setTimeout(() => this.wake(), waitMs).unref()
  }
}

async function lockedJob(tx: WriteTx, id: string): Promise<JobsTable> {
  const row = await lockJob(tx, id)
  if (!row) throw new DomainError('not-found', `There is no job ${id}`)
  return row
}
