import type { Clock } from '../clock.ts'
import type { WriteTx } from '../db/database.ts'
import { toJob, type Job } from './job.ts'
import { JobStopped, type StopCause } from './job-outcomes.ts'
import type { JobLogLine, JobReport } from './job-report-store.ts'
import { completeJobs, type Completion } from './job-store.ts'
import type { JobLogLevel, JobType, RunningJob } from './job-type.ts'
import { resultText } from './job-types.ts'
import type { JobsTable } from '../db/job-tables.ts'

const mostLines = 1000
const mostLetters = 8000

/** What came of a handler: it has completed the job itself, or gives a result, or threw. */
export type RunOutcome =
  | { readonly kind: 'completed' }
  | { readonly kind: 'result'; readonly completion: Completion }
  | { readonly kind: 'thrown'; readonly error: unknown }

/** One job while its handler has it: its signal, and what it said and nobody saved yet. */
export class JobRun implements RunningJob {
  readonly job: Job
  readonly owner: string
  readonly data: unknown
  readonly #clock: Clock
  readonly #type: JobType
  readonly #stop = new AbortController()
  #progress: number | null = null
  #lines: JobLogLine[] = []
  #lineCount = 0
  #isCompleted = false

  constructor(row: JobsTable, type: JobType, clock: Clock) {
    this.job = toJob(row)
    this.owner = row.lease_owner ?? ''
    this.#clock = clock
    this.#type = type
    this.data = this.job.data
  }

  get id(): string {
    return this.job.id
  }

  get type(): string {
    return this.job.type
  }

  get attempt(): number {
    return this.job.attempts + 1
  }

  get isLastAttempt(): boolean {
    return this.attempt >= this.job.maxAttempts
  }

  get createdBy(): string | null {
    return this.job.createdBy
  }

  get scheduleId(): string | null {
    return this.job.scheduleId
  }

  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Why the handler was asked to stop, if it was. */
  get stopped(): JobStopped | undefined {
    const reason: unknown = this.signal.reason
    return reason instanceof JobStopped ? reason : undefined
  }

  progress(share: number): void {
    if (Number.isFinite(share)) this.#progress = Math.min(Math.max(share, 0), 1)
  }

  log(level: JobLogLevel, message: string): void {
    this.#lineCount += 1
    if (this.#lineCount > mostLines) return
    const at = this.#clock.nowSeconds()
    const isLast = this.#lineCount === mostLines
    const text = isLast ? 'More is not kept' : message.slice(0, mostLetters)
    this.#lines.push({ at, level: isLast ? 'warn' : level, message: text })
  }

  async completeIn(tx: WriteTx, result?: unknown): Promise<void> {
    const completed = await completeJobs(tx, [this.#completion(result)])
    if (!completed.has(this.id)) throw new JobStopped('lost')
    tx.afterCommit(() => {
      this.#isCompleted = true
    })
  }

  async completeThrough(
    save: (completion: Completion) => Promise<boolean>,
    result?: unknown,
  ): Promise<void> {
    if (!(await save(this.#completion(result)))) throw new JobStopped('lost')
    this.#isCompleted = true
  }

  stop(cause: StopCause): void {
    if (!this.signal.aborted) this.#stop.abort(new JobStopped(cause))
  }

  /** Runs the handler to its end; never throws. */
  async run(): Promise<RunOutcome> {
    try {
      const result = await this.#type.run({ ...this.#door(), data: this.#type.read(this.data) })
      if (this.#isCompleted) return { kind: 'completed' }
      return { kind: 'result', completion: this.#completion(result) }
    } catch (error) {
      // What it has committed stands, whatever it met afterwards.
      if (this.#isCompleted) return { kind: 'completed' }
      return { kind: 'thrown', error }
    }
  }

  /** What was said since the last time; undefined when nothing was. */
  takeReport(): JobReport | undefined {
    if (this.#progress === null && this.#lines.length === 0) return undefined
    const { id, owner } = this
    const at = this.#clock.nowSeconds()
    const report: JobReport = { id, owner, at, progress: this.#progress, lines: this.#lines }
    this.#progress = null
    this.#lines = []
    return report
  }

  /** What a handler may touch. */
  #door(): RunningJob {
    return {
      id: this.id,
      type: this.type,
      data: this.data,
      attempt: this.attempt,
      isLastAttempt: this.isLastAttempt,
      createdBy: this.createdBy,
      scheduleId: this.scheduleId,
      signal: this.signal,
      progress: (share) => this.progress(share),
      log: (level, message) => this.log(level, message),
      completeIn: (tx, result) => this.completeIn(tx, result),
      completeThrough: (save, result) => this.completeThrough(save, result),
    }
  }

  #completion(result: unknown): Completion {
    const { id, owner } = this
    const text = resultText(result, this.#type.mostResultBytes)
    if (text === undefined) this.log('warn', 'The result was too large to be kept')
    return { id, owner, result: text ?? null, at: this.#clock.nowSeconds() }
  }
}
