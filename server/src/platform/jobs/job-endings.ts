import type { WriteTx } from '../db/database.ts'
import type { JobsTable } from '../db/job-tables.ts'
import { toJob } from './job.ts'
import { jobsReady } from './job-events.ts'
import { saveJob } from './job-store.ts'
import type { JobType } from './job-type.ts'
import { waitingFrom } from './job-types.ts'
import type { JobEnd } from './plan-end.ts'

const released = { lease_owner: null, lease_until: null, is_cancelled: 0 } as const
const over = { ...released, due_at: null, turn_at: null, next_retry_at: null } as const

/** The columns that an end changes. */
function changesOf(row: JobsTable, end: JobEnd, now: number): Partial<JobsTable> {
  switch (end.kind) {
    case 'lost':
      return {}
    case 'failed':
      return { ...over, status: 'failed', error: end.error, completed_at: now, updated_at: now }
    case 'terminated':
      return {
        ...over,
        status: 'terminated',
        termination_reason: end.reason,
        completed_at: now,
        updated_at: now,
      }
    case 'retrying':
      return {
        ...released,
        ...waitingAgain(row, end),
        status: 'retrying',
        attempts: end.attempts,
        error: end.error,
        next_retry_at: end.dueAt,
        updated_at: now,
      }
    case 'waiting':
      return {
        ...released,
        ...waitingAgain(row, end),
        status: 'pending',
        scheduled_at: end.dueAt,
        updated_at: now,
      }
  }
}

/** NOTE: the column of its turn stays as it was while a job runs. */
function waitingAgain(
  { priority, turn_at }: JobsTable,
  { dueAt, keepsTurn }: { readonly dueAt: number; readonly keepsTurn: boolean },
) {
  const fresh = waitingFrom(dueAt, priority)
  return keepsTurn && turn_at !== null ? { ...fresh, turn_at } : fresh
}

/**
 * Ends, within a transaction that has locked it, a job that was not completed. Its type's `givenUp`
 * takes part when nothing follows.
 */
export async function endJob(
  tx: WriteTx,
  row: JobsTable,
  {
    end,
    type,
    now,
  }: { readonly end: JobEnd; readonly type: JobType | undefined; readonly now: number },
): Promise<void> {
  if (end.kind === 'lost') return
  const changes = changesOf(row, end, now)
  await saveJob(tx, row.id, changes)
  if (end.kind === 'retrying' || end.kind === 'waiting') tx.publish(jobsReady([row.lane]))
  else await type?.givenUp?.(tx, toJob({ ...row, ...changes }))
}

/** The columns of a job that had ended and is to run again from its first attempt. */
export function freshChanges(row: JobsTable, now: number): Partial<JobsTable> {
  return {
    ...released,
    ...waitingFrom(now, row.priority),
    status: 'pending',
    result: null,
    error: null,
    termination_reason: null,
    attempts: 0,
    scheduled_at: now,
    next_retry_at: null,
    started_at: null,
    completed_at: null,
    progress: null,
    updated_at: now,
  }
}
