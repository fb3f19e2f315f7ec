import type { WriteTx } from '../db/database.ts'
import { DomainError } from '../domain-error.ts'
import type { NewJob } from './job-type.ts'
import { nextTime, rhythmOf } from './schedule.ts'
import { dueSchedules, saveSchedule, type DueSchedule } from './schedule-store.ts'

export interface Firing {
  readonly now: number
  /** The types that this process knows. */
  readonly types: readonly string[]
  enqueue(tx: WriteTx, job: NewJob): Promise<string>
  /** A schedule whose job was refused. */
  onRefused(error: DomainError, schedule: { readonly id: string; readonly name: string }): void
}

const unfinished: ReadonlySet<string | null> = new Set(['pending', 'running', 'retrying'])

/**
 * Makes a job for each schedule that is due. The row is locked while that is done, so of many
 * processes one makes it. A schedule whose last job has not ended lets this time pass.
 */
export async function fireSchedules(tx: WriteTx, firing: Firing): Promise<void> {
  const { now } = firing
  for (const schedule of await dueSchedules(tx, firing)) {
    const made = unfinished.has(schedule.last_status) ? null : await makeJob(tx, schedule, firing)
    await saveSchedule(tx, schedule.id, {
      next_at: nextTime(rhythmOf(schedule), schedule.next_at, now),
      ...(made !== null && { last_job_id: made }),
    })
  }
}

async function makeJob(
  tx: WriteTx,
  { id, name, type, data, created_by: createdBy }: DueSchedule,
  firing: Firing,
): Promise<string | null> {
  try {
    return await firing.enqueue(tx, { type, data: JSON.parse(data), createdBy, scheduleId: id })
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'invalid') throw error
    firing.onRefused(error, { id, name })
    return null
  }
}
