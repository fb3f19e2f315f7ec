import type { WriteTx } from '../../platform/db/database.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { jobsReady } from '../../platform/jobs/job-events.ts'
import {
  checkRhythm,
  newScheduleRow,
  nextTime,
  toSchedule,
  type JobSchedule,
  type Rhythm,
} from '../../platform/jobs/schedule.ts'
import {
  deleteSchedule,
  findSchedule,
  insertSchedule,
  listSchedules,
  saveSchedule,
} from '../../platform/jobs/schedule-store.ts'
import { allow, auditEntry, identityOf, insertAudit, type Uses } from '../identity/index.ts'
import type { JobContext } from './powers.ts'

/** All, by name. Needs `jobs:manage`: what they make may be anybody's. */
export async function listJobSchedules(ctx: Uses<'db' | 'caller'>): Promise<JobSchedule[]> {
  allow(ctx.caller, 'jobs:manage')
  return (await ctx.db.read(listSchedules)).map(toSchedule)
}

export interface ScheduleInput {
  readonly name: string
  readonly type: string
  readonly data: unknown
  readonly rhythm: Rhythm
}

/**
 * Makes jobs again and again, in one of all processes. Needs `jobs:manage`. Throws DomainError
 * `invalid` for a rhythm, a type or data that will not do; `conflict` when the name is taken.
 */
export async function createJobSchedule(
  ctx: JobContext,
  { name, type, data, rhythm }: ScheduleInput,
): Promise<JobSchedule> {
  allow(ctx.caller, 'jobs:manage')
  checkRhythm(rhythm)
  ctx.jobs.checkJob({ type, data })
  const createdBy = identityOf(ctx.caller)
  const facts = { id: ctx.ids.uuid(), now: ctx.clock.nowSeconds() }
  const row = newScheduleRow({ name, type, data, rhythm, createdBy }, facts)
  return ctx.db.write(async (tx) => {
    if (!(await insertSchedule(tx, row))) {
      throw new DomainError('conflict', `There is a schedule called ${name} already`)
    }
    await note(ctx, tx, row.id, 'create')
    return toSchedule(row)
  })
}

export interface ScheduleChanges {
  readonly isActive?: boolean
  readonly data?: unknown
  readonly rhythm?: Rhythm
}

/** Changes what is given. Needs `jobs:manage`. Throws DomainError `not-found`, `invalid`. */
export async function updateJobSchedule(
  ctx: JobContext,
  id: string,
  { isActive, data, rhythm }: ScheduleChanges,
): Promise<JobSchedule> {
  allow(ctx.caller, 'jobs:manage')
  if (rhythm) checkRhythm(rhythm)
  return ctx.db.write(async (tx) => {
    const row = await findSchedule(tx, id)
    if (!row) throw noSchedule(id)
    const known = toSchedule(row)
    if (data !== undefined) ctx.jobs.checkJob({ type: known.type, data })
    const now = ctx.clock.nowSeconds()
    const isNew = rhythm !== undefined || (isActive === true && !known.isActive)
    const changed = newScheduleRow(
      { ...known, data: data ?? known.data, rhythm: rhythm ?? known.rhythm },
      { id, now },
    )
    const changes = {
      data: changed.data,
      every_seconds: changed.every_seconds,
      cron: changed.cron,
      is_active: (isActive ?? known.isActive) ? 1 : 0,
      next_at: isNew ? nextTime(rhythm ?? known.rhythm, now, now) : known.nextAt,
      updated_at: now,
    }
    await saveSchedule(tx, id, changes)
    await note(ctx, tx, id, 'update')
    return toSchedule({ ...row, ...changes })
  })
}

/** Its jobs stay. Needs `jobs:manage`. Throws DomainError `not-found`. */
export async function deleteJobSchedule(ctx: JobContext, id: string): Promise<void> {
  allow(ctx.caller, 'jobs:manage')
  await ctx.db.write(async (tx) => {
    if (!(await deleteSchedule(tx, id))) throw noSchedule(id)
    await note(ctx, tx, id, 'delete')
  })
}

async function note(
  ctx: JobContext,
  tx: WriteTx,
  id: string,
  action: 'create' | 'update' | 'delete',
): Promise<void> {
  await insertAudit(tx, [auditEntry(ctx, { kind: 'job-schedule', id }, action, {})])
  tx.publish(jobsReady([]))
}

function noSchedule(id: string): DomainError {
  return new DomainError('not-found', `There is no schedule ${id}`, {
    details: { label: 'Schedule not found' },
  })
}
