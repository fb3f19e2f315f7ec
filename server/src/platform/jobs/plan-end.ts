import { DomainError } from '../domain-error.ts'
import { isJsonObject } from '../json.ts'
import type { Job } from './job.ts'
import { JobReschedule, JobRetry, JobStopped, JobTermination } from './job-outcomes.ts'

/**
 * What becomes of a job whose handler did not complete it. Times are Unix seconds. A job that could
 * not help it keeps its turn: it goes before those that have waited less than it had.
 */
export type JobEnd =
  | {
      readonly kind: 'retrying'
      readonly attempts: number
      readonly error: string
      readonly dueAt: number
      readonly keepsTurn: boolean
    }
  | { readonly kind: 'failed'; readonly error: string }
  | { readonly kind: 'terminated'; readonly reason: string }
  /** Waits again; no attempt is counted. */
  | { readonly kind: 'waiting'; readonly dueAt: number; readonly keepsTurn: boolean }
  /** Somebody else decides. */
  | { readonly kind: 'lost' }

type Attempted = Pick<
  Job,
  'attempts' | 'maxAttempts' | 'retryDelayMs' | 'retryBackoffMultiplier' | 'maxRetryDelayMs'
>

export interface EndFacts {
  readonly job: Attempted
  /** Why the handler was asked to stop, if it was. */
  readonly stopped: JobStopped | undefined
  readonly now: number
  /** 0 to 1. */
  readonly random: number
}

const longestWaitMs = 86_400_000
/** A process may die of other causes than the job: so many losses more than attempts are forgiven. */
const forgivenLosses = 3

/** Decides by what the handler threw. */
export function planEnd(error: unknown, { job, stopped, now, random }: EndFacts): JobEnd {
  if (stopped?.stopCause === 'lost') return { kind: 'lost' }
  if (error instanceof JobTermination) return { kind: 'terminated', reason: error.message }
  if (stopped?.stopCause === 'cancelled') return { kind: 'terminated', reason: stopped.message }
  if (error instanceof JobReschedule) {
    return { kind: 'waiting', dueAt: error.at, keepsTurn: false }
  }
  if (stopped?.stopCause === 'stopping') return { kind: 'waiting', dueAt: now, keepsTurn: true }
  const text = wordsOf(error)
  if (!isRetryable(error) || job.attempts + 1 >= job.maxAttempts) {
    return { kind: 'failed', error: text }
  }
  const waitMs = Math.min(Math.max(backoffMs(job, random), askedMs(error)), longestWaitMs)
  return {
    kind: 'retrying',
    attempts: job.attempts + 1,
    error: `Attempt ${job.attempts + 1} failed: ${text}`,
    dueAt: now + waitMs / 1000,
    keepsTurn: false,
  }
}

/** Decides for a job whose process let its lease run out. */
export function planLoss(job: Attempted & Pick<Job, 'isCancelled'>, now: number): JobEnd {
  if (job.isCancelled) return { kind: 'terminated', reason: new JobStopped('cancelled').message }
  const error = 'The process that ran it has stopped'
  const attempts = job.attempts + 1
  if (attempts >= job.maxAttempts + forgivenLosses) return { kind: 'failed', error }
  const words = `Attempt ${attempts} failed: ${error}`
  return { kind: 'retrying', attempts, error: words, dueAt: now, keepsTurn: true }
}

/**
 * `min(delay × multiplier^attempts, most)`, of which at least three quarters are waited, so that
 * jobs that failed together do not come back together.
 */
export function backoffMs(job: Attempted, random: number): number {
  const fullMs = job.retryDelayMs * job.retryBackoffMultiplier ** job.attempts
  return Math.min(fullMs, job.maxRetryDelayMs) * (0.75 + random / 4)
}

/** Whether what a handler threw may pass. */
export function isRetryable(error: unknown): boolean {
  return error instanceof JobRetry || (error instanceof DomainError && error.retryable)
}

function askedMs(error: unknown): number {
  if (error instanceof JobRetry) return error.afterMs
  const details = error instanceof DomainError ? error.details : undefined
  const seconds = isJsonObject(details) ? details['retryAfterSeconds'] : undefined
  return typeof seconds === 'number' ? seconds * 1000 : 0
}

const mostLetters = 4000

/** Words for the job's owner; of a fault of our own only that there was one. */
function wordsOf(error: unknown): string {
  if (!isForOwner(error)) return 'The handler failed for a reason of its own'
  return error.message.slice(0, mostLetters)
}

/** Whether an error was meant to be read by others; the rest are bugs. */
export function isForOwner(error: unknown): error is Error {
  return error instanceof DomainError || error instanceof JobRetry || error instanceof JobStopped
}
