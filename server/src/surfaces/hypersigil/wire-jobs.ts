import type { WireJob, WireSchedule } from '@pharos/contract/hypersigil/jobs.ts'
import type { Rhythm } from '../../platform/jobs/schedule.ts'
import { jsonWith } from '../../platform/json-text.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import type { Job, JobFacts, JobSchedule, JobWriter } from '../../features/jobs/index.ts'
import { toTime } from '../../platform/iso-time.ts'

export function toWireJob({ data, result, ...facts }: Job): WireJob {
  return { ...toWireFacts(facts), data, ...(result !== undefined && { result }) }
}

/**
 * A job as the text of a reply. Runs where the row is read.
 * @public loaded by name
 */
export const writeJob: JobWriter = ({ data, result, ...facts }) =>
  `{"data":${jsonWith(toWireFacts(facts), { data, result })}}`

export const jobWriter = { module: import.meta.url, name: 'writeJob' }

function toWireFacts(job: JobFacts): Omit<WireJob, 'data' | 'result'> {
  return {
    id: job.id,
    type: job.type,
    status: job.status,
    ...withoutUndefined({
      error: job.error ?? undefined,
      terminationReason: job.terminationReason ?? undefined,
      nextRetryAt: timeOf(job.nextRetryAt),
      startedAt: timeOf(job.startedAt),
      completedAt: timeOf(job.completedAt),
      progress: job.progress ?? undefined,
      scheduleId: job.scheduleId ?? undefined,
    }),
    ...(job.isCancelled && { cancelling: true as const }),
    attempts: job.attempts,
    maxAttempts: job.maxAttempts,
    scheduledAt: toTime(job.scheduledAt),
    retryDelayMs: job.retryDelayMs,
    retryBackoffMultiplier: job.retryBackoffMultiplier,
    maxRetryDelayMs: job.maxRetryDelayMs,
    lane: job.lane,
    priority: job.priority,
    created_at: toTime(job.createdAt),
    updated_at: toTime(job.updatedAt),
  }
}

export function toWireSchedule(schedule: JobSchedule): WireSchedule {
  const { id, name, type, data, rhythm, isActive, lastJobId } = schedule
  return {
    id,
    name,
    type,
    data,
    ...rhythm,
    active: isActive,
    nextAt: toTime(schedule.nextAt),
    ...(lastJobId !== null && { lastJobId }),
    created_at: toTime(schedule.createdAt),
    updated_at: toTime(schedule.updatedAt),
  }
}

/** The rhythm that a body asks for; undefined where it names none, or two. */
export function toRhythm({
  everySeconds,
  cron,
}: {
  readonly everySeconds?: number | undefined
  readonly cron?: string | undefined
}): Rhythm | undefined {
  if (everySeconds !== undefined) return cron === undefined ? { everySeconds } : undefined
  return cron === undefined ? undefined : { cron }
}

function timeOf(seconds: number | null): string | undefined {
  return seconds === null ? undefined : toTime(seconds)
}
