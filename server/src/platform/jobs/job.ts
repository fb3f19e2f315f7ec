import type { JobsTable } from '../db/job-tables.ts'

export const jobStatuses = [
  'pending',
  'running',
  'completed',
  'failed',
  'retrying',
  'terminated',
] as const
export type JobStatus = (typeof jobStatuses)[number]

/** A job as it stands. Times are Unix seconds. */
export interface Job extends JobFacts {
  readonly data: unknown
  /** What its handler gave back; undefined until then. */
  readonly result: unknown
}

/** The same without what may be long. */
export interface JobFacts {
  readonly id: string
  readonly type: string
  readonly status: JobStatus
  readonly lane: string
  readonly priority: number
  readonly error: string | null
  readonly terminationReason: string | null
  /** Those that failed and were followed by another one. */
  readonly attempts: number
  readonly maxAttempts: number
  readonly scheduledAt: number
  readonly nextRetryAt: number | null
  readonly startedAt: number | null
  readonly completedAt: number | null
  readonly retryDelayMs: number
  readonly retryBackoffMultiplier: number
  readonly maxRetryDelayMs: number
  /** 0 to 1. */
  readonly progress: number | null
  /** It runs, and was asked to stop. */
  readonly isCancelled: boolean
  readonly scheduleId: string | null
  /** `identityOf` of who made it. */
  readonly createdBy: string | null
  readonly createdAt: number
  readonly updatedAt: number
}

/** What of a row goes into the facts. */
export const jobFactColumns = [
  'id',
  'type',
  'status',
  'lane',
  'priority',
  'error',
  'termination_reason',
  'attempts',
  'max_attempts',
  'scheduled_at',
  'next_retry_at',
  'started_at',
  'completed_at',
  'retry_delay_ms',
  'retry_backoff_multiplier',
  'max_retry_delay_ms',
  'progress',
  'is_cancelled',
  'schedule_id',
  'created_by',
  'created_at',
  'updated_at',
] as const satisfies readonly (keyof JobsTable)[]
type JobFactColumn = (typeof jobFactColumns)[number]

export function toJob(row: Pick<JobsTable, JobFactColumn | 'data' | 'result'>): Job {
  const result: unknown = row.result === null ? undefined : JSON.parse(row.result)
  return { ...toJobFacts(row), data: JSON.parse(row.data), result }
}

export function toJobFacts(row: Pick<JobsTable, JobFactColumn>): JobFacts {
  return {
    id: row.id,
    type: row.type,
    status: toStatus(row.status),
    lane: row.lane,
    priority: row.priority,
    error: row.error,
    terminationReason: row.termination_reason,
    attempts: row.attempts,
    maxAttempts: row.max_attempts,
    scheduledAt: row.scheduled_at,
    nextRetryAt: row.next_retry_at,
    startedAt: row.started_at,
    completedAt: row.completed_at,
    retryDelayMs: row.retry_delay_ms,
    retryBackoffMultiplier: row.retry_backoff_multiplier,
    maxRetryDelayMs: row.max_retry_delay_ms,
    progress: row.progress,
    isCancelled: row.is_cancelled === 1,
    scheduleId: row.schedule_id,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

function toStatus(text: string): JobStatus {
  const status = jobStatuses.find((known) => known === text)
  if (status === undefined) throw new Error(`A job has the status ${text}`)
  return status
}

export function isWaiting({ status }: Pick<Job, 'status'>): boolean {
  return status === 'pending' || status === 'retrying'
}
