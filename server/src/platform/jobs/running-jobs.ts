import { setTimeout as sleep } from 'node:timers/promises'
import type { WriteTx } from '../db/database.ts'
import type { JobsTable } from '../db/job-tables.ts'
import { DomainError } from '../domain-error.ts'
import { toJobFacts } from './job.ts'
import type { JobEngineOptions } from './job-engine-options.ts'
import { endJob } from './job-endings.ts'
import { completeGroup, reportGroup } from './job-groups.ts'
import { JobStopped } from './job-outcomes.ts'
import { JobRun, type RunOutcome } from './job-run.ts'
import { keepLeases, lapsedJobs, lockJob, lockLapsedJob, type Lapse } from './job-store.ts'
import type { JobTypes } from './job-types.ts'
import { isForOwner, planEnd, planLoss, type JobEnd } from './plan-end.ts'

export interface RunningJobsOptions extends Omit<JobEngineOptions, 'ids'> {
  readonly types: JobTypes
  /** Looks for more jobs. */
  wake(): void
}

const reportEveryMs = 1000
/** What an aborted handler may take before its lease is given back all the same. */
const graceMs = 2000

interface Held {
  readonly run: JobRun
  /** By the clock's `elapsedMs`. */
  keptAtMs: number
  readonly ended: Promise<void>
}

interface Ending {
  /** The job, locked; undefined when its end is somebody else's affair. */
  find(tx: WriteTx): Promise<JobsTable | undefined>
  decide(row: JobsTable, now: number): JobEnd
}

/** The jobs that this process runs: their handlers, leases, reports and ends. */
export class RunningJobs {
  readonly #options: RunningJobsOptions
  readonly #held = new Map<string, Held>()
  #beatTimer: NodeJS.Timeout | undefined
  #reportTimer: NodeJS.Timeout | undefined
  #beating: Promise<void> | undefined
  /** Lanes in which more may wait for a place. */
  fullLanes: ReadonlySet<string> = new Set()

  constructor(options: RunningJobsOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#held.size
  }

  start(): void {
    const { beatMs = 5000 } = this.#options
    this.#beatTimer = setInterval(() => {
      this.#beating ??= this.#beat().finally(() => {
        this.#beating = undefined
      })
    }, beatMs).unref()
    this.#reportTimer = setInterval(() => void this.#report(this.#runs()), reportEveryMs).unref()
  }

  begin(row: JobsTable): void {
    const { types, clock } = this.#options
    const type = types.find(row.type)
    if (!type) return
    // Lost and taken again: what runs under the old lease is told so.
    this.#held.get(row.id)?.run.stop('lost')
    const run = new JobRun(row, type, clock)
    const ended = this.#carry(run, row)
    this.#held.set(row.id, { run, keptAtMs: clock.elapsedMs(), ended })
  }

  cancel(id: string): void {
    this.#held.get(id)?.run.stop('cancelled')
  }

  async stop(deadlineMs: number): Promise<void> {
    await this.#settled(deadlineMs)
    for (const run of this.#runs()) run.stop('stopping')
    await this.#settled(graceMs)
    clearInterval(this.#beatTimer)
    clearInterval(this.#reportTimer)
    await this.#beating
    for (const run of this.#runs()) {
      this.#options.logger.warn({ job: run.id, type: run.type }, 'a job did not stop in time')
      await this.#end(run, new JobStopped('stopping'))
    }
  }

  /** Lets jobs wait again whose process died; of `everybody`, also those whose lease still runs. */
  async takeBack(lapse: Lapse): Promise<void> {
    const { db } = this.#options
    for (const id of await db.read((tx) => lapsedJobs(tx, lapse))) {
      await this.#saveEnd({
        find: (tx) => lockLapsedJob(tx, id, lapse),
        decide: (row, now) => planLoss(toJobFacts(row), now),
      })
    }
  }

  #runs(): JobRun[] {
    return [...this.#held.values()].map(({ run }) => run)
  }

  /** Resolves when all that run now have ended, or after a while. */
  async #settled(mostMs: number): Promise<void> {
    if (this.#held.size === 0) return
    const enough = new AbortController()
    const { signal } = enough
    await Promise.race([
      Promise.all([...this.#held.values()].map(({ ended }) => ended)),
      sleep(mostMs, undefined, { signal }).catch(() => undefined),
    ])
    enough.abort()
  }

  async #carry(run: JobRun, row: JobsTable): Promise<void> {
    // The handler begins after its job is held here, whatever it does first.
    await Promise.resolve()
    const outcome = await run.run()
    await this.#report([run])
    try {
      await this.#settle(run, outcome)
    } catch (error) {
      const facts = { err: error, job: run.id, type: run.type }
      this.#options.logger.error(facts, 'the end of a job could not be saved; it will run again')
    }
    if (this.#held.get(run.id)?.run === run) this.#held.delete(run.id)
    if (this.fullLanes.has(row.lane)) this.#options.wake()
  }

  async #settle(run: JobRun, outcome: RunOutcome): Promise<void> {
    const { db, logger } = this.#options
    if (outcome.kind === 'completed' || run.stopped?.stopCause === 'lost') return
    if (outcome.kind === 'thrown') {
      await this.#end(run, outcome.error)
      return
    }
    const { completion } = outcome
    const isOurs = await db.enqueue(completeGroup, completion, completion.result?.length ?? 0)
    if (!isOurs) logger.warn({ job: run.id, type: run.type }, 'a job was lost before it ended')
  }

  async #end(run: JobRun, error: unknown): Promise<void> {
    const { logger, random = Math.random } = this.#options
    if (!isForOwner(error) && !run.signal.aborted) {
      logger.error({ err: error, job: run.id, type: run.type }, 'the handler of a job failed')
    }
    await this.#saveEnd({
      find: async (tx) => {
        const row = await lockJob(tx, run.id)
        return row?.lease_owner === run.owner ? row : undefined
      },
      decide: (row, now) => {
        const stopped = row.is_cancelled === 1 ? new JobStopped('cancelled') : run.stopped
        return planEnd(error, { job: run.job, stopped, now, random: random() })
      },
    })
  }

  /**
   * A type that spoils the end of its job has no say in it: else it would never end. Where the
   * database is lost, nothing ends; what belongs to the end is never left out for that.
   */
  async #saveEnd({ find, decide }: Ending): Promise<void> {
    const { db, clock, logger, types } = this.#options
    const save = (isAsked: boolean) =>
      db.write(async (tx) => {
        const row = await find(tx)
        if (!row) return
        const now = clock.nowSeconds()
        const type = isAsked ? types.find(row.type) : undefined
        await endJob(tx, row, { end: decide(row, now), type, now })
      })
    try {
      await save(true)
    } catch (error) {
      if (error instanceof DomainError && error.retryable) throw error
      logger.error({ err: error }, 'what belongs to the end of a job failed; it ends without that')
      await save(false)
    }
  }

  async #beat(): Promise<void> {
    const { clock, logger, leaseMs = 15_000 } = this.#options
    try {
      if (this.#held.size > 0) await this.#keepLeases()
      await this.takeBack({ everybody: false })
    } catch (error) {
      logger.warn({ err: error }, 'the leases of jobs could not be kept; they will be tried again')
      // Somebody else may have them by now.
      for (const { run, keptAtMs } of this.#held.values()) {
        if (clock.elapsedMs() - keptAtMs > leaseMs) run.stop('lost')
      }
    }
    this.#options.wake()
  }

  async #keepLeases(): Promise<void> {
    const { db, clock, leaseMs = 15_000 } = this.#options
    const held = [...this.#held.values()]
    const ids = held.map(({ run }) => run.id)
    const owners = [...new Set(held.map(({ run }) => run.owner))]
    const askedAtMs = clock.elapsedMs()
    const rows = await db.write((tx) => keepLeases(tx, { ids, owners }, leaseMs / 1000))
    const kept = new Map(rows.map((row) => [row.id, row]))
    for (const one of held) {
      const row = kept.get(one.run.id)
      if (this.#held.get(one.run.id) !== one) continue
      if (row?.lease_owner !== one.run.owner) one.run.stop('lost')
      else one.keptAtMs = askedAtMs
      if (row?.is_cancelled === 1) one.run.stop('cancelled')
    }
  }

  async #report(runs: readonly JobRun[]): Promise<void> {
    const { db, logger } = this.#options
    const reports = runs.flatMap((run) => run.takeReport() ?? [])
    try {
      await Promise.all(
        reports.map((report) => db.enqueue(reportGroup, report, sizeOf(report.lines))),
      )
    } catch (error) {
      logger.warn({ err: error }, 'what jobs said could not be saved')
    }
  }
}

function sizeOf(lines: readonly { readonly message: string }[]): number {
  return lines.reduce((sum, { message }) => sum + message.length, 0)
}
