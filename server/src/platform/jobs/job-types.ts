import { DomainError } from '../domain-error.ts'
import type { JobsTable } from '../db/job-tables.ts'
import { JsonText } from '../json-text.ts'
import {
  defaultBound,
  jobDefaults,
  type JobDefaults,
  type JobType,
  type NewJob,
} from './job-type.ts'

const usualMostBytes = 1024 * 1024
const mostPriority = 1000
/** How much later a job may arrive and still go first, for each step that its priority is better. */
const secondsPerPriority = 10

/** The types of jobs that this process knows. */
export class JobTypes {
  readonly #types = new Map<string, JobType>()

  add(type: JobType): void {
    if (type.name.includes(':') || this.#types.has(type.name)) {
      throw new Error(`The name ${type.name} cannot be that of another type of jobs`)
    }
    this.#types.set(type.name, type)
  }

  get names(): readonly string[] {
    return [...this.#types.keys()]
  }

  find(name: string): JobType | undefined {
    return this.#types.get(name)
  }

  /** How many jobs of a lane may run; undefined for a lane of a type that is not known here. */
  boundOf(lane: string): number | undefined {
    const type = this.#types.get(typeOfLane(lane))
    if (!type) return undefined
    const { bound = defaultBound } = type
    return typeof bound === 'number' ? bound : bound(lane)
  }

  /**
   * The row of a new job, without its number. Throws DomainError `invalid` for data that its type
   * refuses or that is too large, and for a type that is not known.
   */
  plan(job: NewJob, { id, now }: { id: string; now: number }): Omit<JobsTable, 'seq'> {
    const type = this.#types.get(job.type)
    if (!type) throw new DomainError('invalid', `There are no jobs of the type ${job.type}`)
    const data = toText(job.data, type.mostDataBytes)
    const read = type.read(job.data)
    const settings = settingsOf(type, job)
    const lane = type.lane?.(read) ?? type.name
    if (typeOfLane(lane) !== type.name) throw new Error(`${lane} is no lane of ${type.name}`)
    const dueAt = job.scheduledAt ?? now
    return {
      ...emptyRow,
      id,
      type: type.name,
      data,
      lane,
      priority: settings.priority,
      max_attempts: settings.maxAttempts,
      scheduled_at: dueAt,
      ...waitingFrom(dueAt, settings.priority),
      retry_delay_ms: settings.retryDelayMs,
      retry_backoff_multiplier: settings.retryBackoffMultiplier,
      max_retry_delay_ms: settings.maxRetryDelayMs,
      schedule_id: job.scheduleId ?? null,
      created_by: job.createdBy ?? null,
      created_at: now,
      updated_at: now,
    }
  }
}

const emptyRow = {
  status: 'pending',
  result: null,
  error: null,
  termination_reason: null,
  attempts: 0,
  next_retry_at: null,
  started_at: null,
  completed_at: null,
  lease_owner: null,
  lease_until: null,
  progress: null,
  is_cancelled: 0,
} as const

/**
 * Where a job that waits stands in its lane. A better priority overtakes only what came a while
 * later, so that a stream of urgent jobs never keeps another one waiting for good.
 */
export function waitingFrom(
  dueAt: number,
  priority: number,
): { readonly due_at: number; readonly turn_at: number } {
  const steps = Math.min(Math.max(priority, 0), mostPriority)
  return { due_at: dueAt, turn_at: dueAt + steps * secondsPerPriority }
}

/** A lane is called after its type, with or without a suffix behind a colon. */
function typeOfLane(lane: string): string {
  return lane.split(':', 1)[0] ?? lane
}

function settingsOf(type: JobType, job: NewJob): JobDefaults {
  const base = { ...jobDefaults, ...type.defaults }
  return {
    priority: Math.round(job.priority ?? base.priority),
    maxAttempts: Math.max(1, Math.round(job.maxAttempts ?? base.maxAttempts)),
    retryDelayMs: Math.round(job.retryDelayMs ?? base.retryDelayMs),
    retryBackoffMultiplier: job.retryBackoffMultiplier ?? base.retryBackoffMultiplier,
    maxRetryDelayMs: Math.round(job.maxRetryDelayMs ?? base.maxRetryDelayMs),
  }
}

function toText(data: unknown, mostBytes = usualMostBytes): string {
  const text = JSON.stringify(data) ?? 'null'
  if (Buffer.byteLength(text) <= mostBytes) return text
  throw new DomainError('invalid', `The data of a job has at most ${mostBytes} bytes as JSON`, {
    details: { param: 'data' },
  })
}

/** The result as it is stored; undefined when it is too large to be kept. */
export function resultText(result: unknown, mostBytes = usualMostBytes): string | null | undefined {
  if (result === undefined) return null
  const text = result instanceof JsonText ? result.text : (JSON.stringify(result) ?? null)
  return text !== null && Buffer.byteLength(text) > mostBytes ? undefined : text
}
