import type { WriteTx } from '../db/database.ts'
import type { Job } from './job.ts'
import type { Completion } from './job-store.ts'

/** What each job of a type has unless it is made with something else. */
export interface JobDefaults {
  /** The lower goes first, within its lane; 0 to 1000. */
  readonly priority: number
  readonly maxAttempts: number
  readonly retryDelayMs: number
  readonly retryBackoffMultiplier: number
  readonly maxRetryDelayMs: number
}

/** Source: hypersigil §6. */
export const jobDefaults: JobDefaults = {
  priority: 999,
  maxAttempts: 3,
  retryDelayMs: 5000,
  retryBackoffMultiplier: 1.5,
  maxRetryDelayMs: 300_000,
}

/** How many jobs of a lane run at a time unless their type says otherwise. Source: hypersigil §6. */
export const defaultBound = 3

export type JobLogLevel = 'debug' | 'info' | 'warn' | 'error'

/** A job in the hands of its handler. */
export interface RunningJob<D = unknown> {
  readonly id: string
  readonly type: string
  readonly data: D
  /** From 1. */
  readonly attempt: number
  readonly isLastAttempt: boolean
  readonly createdBy: string | null
  readonly scheduleId: string | null
  /** Aborts when the job is cancelled, the lease is lost or the server stops: end soon then. */
  readonly signal: AbortSignal
  /** From 0 to 1; saved about once a second. */
  progress(share: number): void
  /** Adds a line to the job's log, which keeps the first thousand. */
  log(level: JobLogLevel, message: string): void
  /**
   * Completes the job within a transaction of the handler, so that what it saves and the end of the
   * job are one; what `run` gives back does not matter then. Throws when the job is not this
   * handler's any more, and the transaction must not commit.
   */
  completeIn(tx: WriteTx, result?: unknown): Promise<void>
  /**
   * The same by a group of the handler's own, in which many jobs end at once: `save` gives what
   * completes this one to `completeJobs`, and says whether it was still this handler's.
   */
  completeThrough(
    save: (completion: Completion) => Promise<boolean>,
    result?: unknown,
  ): Promise<void>
}

/**
 * A kind of work. `run` gives the result (JSON, or `JsonText`); what it throws decides what follows:
 * - `JobRetry`, or a DomainError that is retryable: another attempt after a while, if one is left;
 * - `JobTermination`: the job ends as terminated, `JobReschedule`: it starts again later;
 * - any other error: the job has failed.
 * A handler may run more than once for a job, when its process died in between or its lease was
 * lost; only one completion counts.
 */
export interface JobType<D = unknown> {
  /** Without a colon. */
  readonly name: string
  readonly defaults?: Partial<JobDefaults>
  /** How many of a lane run at a time, over all processes; read again whenever jobs are taken. */
  readonly bound?: number | ((lane: string) => number)
  /** How long the data of a job may be as JSON; 1 MiB if not given. */
  readonly mostDataBytes?: number
  /** How long a result may be as JSON; 1 MiB if not given. A longer one is not kept. */
  readonly mostResultBytes?: number
  /** Throws DomainError `invalid` when the data is not for this type. */
  read(data: unknown): D
  run(job: RunningJob<D>): Promise<unknown>
  /** The name of the type, or that with a suffix: `execution:openai`. Default: the name. */
  lane?(data: D): string
  /**
   * Runs in the transaction in which a job ends as failed or terminated, whatever the reason: a
   * handler's error, a cancellation, too many processes lost. It must change nothing but rows.
   */
  givenUp?(tx: WriteTx, job: Job): Promise<void>
  /** Runs in the transaction in which a job that had failed or was terminated is to run again. */
  triedAgain?(tx: WriteTx, job: Job): Promise<void>
}

/** A job to be made. */
export interface NewJob extends Partial<JobDefaults> {
  readonly type: string
  /** JSON, as long as its type allows. */
  readonly data: unknown
  /** A UUID; a new one if not given. */
  readonly id?: string
  /** Unix seconds; now if not given. */
  readonly scheduledAt?: number
  /** `identityOf` of who makes it. */
  readonly createdBy?: string | null
  readonly scheduleId?: string | null
}
