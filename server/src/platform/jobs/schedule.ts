import type { JobSchedulesTable } from '../db/job-tables.ts'
import { DomainError } from '../domain-error.ts'
import { nextCron, parseCron } from './cron.ts'

/** When a schedule makes its jobs. */
export type Rhythm =
  | { readonly everySeconds: number }
  /** Five fields, UTC. */
  | { readonly cron: string }

/** Jobs that are made again and again. Times are Unix seconds. */
export interface JobSchedule {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly data: unknown
  readonly rhythm: Rhythm
  readonly isActive: boolean
  readonly nextAt: number
  readonly lastJobId: string | null
  readonly createdBy: string | null
  readonly createdAt: number
  readonly updatedAt: number
}

/** A schedule to be made; its first job comes when its rhythm says so. */
export interface NewSchedule {
  readonly name: string
  readonly type: string
  readonly data: unknown
  readonly rhythm: Rhythm
  readonly createdBy?: string | null
}

export function toSchedule(row: JobSchedulesTable): JobSchedule {
  return {
    id: row.id,
    name: row.name,
    type: row.type,
    data: JSON.parse(row.data),
    rhythm: rhythmOf(row),
    isActive: row.is_active === 1,
    nextAt: row.next_at,
    lastJobId: row.last_job_id,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

/** The row of a new schedule; it comes for the first time when its rhythm says so. */
export function newScheduleRow(
  { name, type, data, rhythm, createdBy = null }: NewSchedule,
  { id, now }: { readonly id: string; readonly now: number },
): JobSchedulesTable {
  return {
    id,
    name,
    type,
    data: JSON.stringify(data ?? null),
    every_seconds: 'everySeconds' in rhythm ? rhythm.everySeconds : null,
    cron: 'cron' in rhythm ? rhythm.cron : null,
    is_active: 1,
    next_at: nextTime(rhythm, now, now),
    last_job_id: null,
    created_by: createdBy,
    created_at: now,
    updated_at: now,
  }
}

export function rhythmOf({
  every_seconds: everySeconds,
  cron,
}: Pick<JobSchedulesTable, 'every_seconds' | 'cron'>): Rhythm {
  if (cron !== null) return { cron }
  return { everySeconds: everySeconds ?? mostSeconds }
}

const mostSeconds = 366 * 86_400

/** Throws DomainError `invalid` for a rhythm that never comes or cannot be read. */
export function checkRhythm(rhythm: Rhythm): void {
  if ('cron' in rhythm) {
    if (nextCron(parseCron(rhythm.cron), 0) !== null) return
    throw new DomainError('invalid', 'This schedule never comes', { details: { param: 'cron' } })
  }
  const { everySeconds } = rhythm
  if (Number.isInteger(everySeconds) && everySeconds >= 1 && everySeconds <= mostSeconds) return
  throw new DomainError('invalid', `A schedule comes every 1 to ${mostSeconds} seconds`, {
    details: { param: 'every_seconds' },
  })
}

/**
 * When a schedule that was due at `last` comes next, after `now`: what was missed meanwhile is not
 * made up for.
 */
export function nextTime(rhythm: Rhythm, last: number, now: number): number {
  if ('cron' in rhythm) return nextCron(parseCron(rhythm.cron), now) ?? now + mostSeconds
  const { everySeconds } = rhythm
  const missed = Math.max(0, Math.floor((now - last) / everySeconds))
  return last + (missed + 1) * everySeconds
}
