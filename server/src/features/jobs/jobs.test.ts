import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { JobStage, typeThat } from '../../../test/support/job-stage.ts'
import { jobWriter } from '../../../test/support/job-writers.ts'
import { systemClock } from '../../platform/clock.ts'
import { randomIds } from '../../platform/ids.ts'
import type { JobEngine } from '../../platform/jobs/job-engine.ts'
import { identityOf, localCaller, type Caller } from '../identity/index.ts'
import {
  cancelJob,
  createJobSchedule,
  deleteJobSchedule,
  getJob,
  jobStats,
  listJobLogs,
  listJobs,
  listJobSchedules,
  retryJob,
  triggerJob,
  updateJobSchedule,
  type JobContext,
} from './index.ts'

function userCaller(): Caller {
  const userId = randomUUID()
  return { kind: 'oauthToken', userId, role: 'user', scopes: new Set(['jobs:read']) }
}

describeEachDatabase('Jobs', (store) => {
  let stage: JobStage
  let jobs: JobEngine
  const type = typeThat(async ({ data, log }) => {
    log('info', 'said')
    return data
  })
  beforeAll(async () => {
    stage = await JobStage.open(store.location)
  })
  beforeEach(() => {
    jobs = stage.engine([type])
  })
  afterEach(() => stage.clear())
  afterAll(() => stage[Symbol.asyncDispose]())

  const contextFor = (caller: Caller = localCaller()): JobContext => {
    return { db: stage.db, clock: systemClock, ids: randomIds, caller, jobs }
  }
  const makeFor = async (caller: Caller, more: object = {}): Promise<string> => {
    const createdBy = identityOf(caller)
    const job = { type: type.name, data: { of: createdBy }, createdBy, ...more }
    const [id = ''] = await stage.make(jobs, job)
    return id
  }
  const newest = { orderBy: 'created_at', direction: 'desc', limit: 10, offset: 0 } as const

  it('are shown to who made them and to who manages all', async () => {
    const [ada, bob] = [userCaller(), userCaller()]
    const id = await makeFor(ada)
    await vi.waitFor(async () => expect((await stage.job(id)).status).toBe('completed'), 5000)
    expect(await listJobs(contextFor(ada), newest)).toMatchObject({ total: 1, jobs: [{ id }] })
    expect((await listJobLogs(contextFor(ada), id, newest)).lines).toMatchObject([
      { level: 'info', message: 'said' },
    ])
    expect(await jobStats(contextFor(ada))).toMatchObject({
      total: 1,
      byStatus: { completed: 1 },
      types: [{ type: type.name, isKnown: true, byStatus: { completed: 1 } }],
      lanes: [],
    })
    expect(await listJobs(contextFor(bob), newest)).toEqual({ total: 0, jobs: [] })
    const { text } = await getJob(contextFor(ada), id, jobWriter)
    const data = JSON.stringify({ of: identityOf(ada) })
    expect(Buffer.from(text).toString()).toBe(`${id} completed ${data} ${data}`)
    for (const verb of [
      () => getJob(contextFor(bob), id, jobWriter),
      () => listJobLogs(contextFor(bob), id, newest),
    ]) {
      await expect(verb()).rejects.toMatchObject({ code: 'not-found' })
    }
    const found = await listJobs(contextFor(), { ...newest, search: id.slice(3, 20).toUpperCase() })
    expect(found.jobs.map((job) => job.id)).toEqual([id])
  })

  it('are sorted by times that some lack, the same on every database', async () => {
    const ada = userCaller()
    const later = { scheduledAt: systemClock.nowSeconds() + 3600 }
    const waiting = await makeFor(ada, later)
    const done = await makeFor(ada)
    await vi.waitFor(async () => expect((await stage.job(done)).status).toBe('completed'), 5000)
    const sorted = async (direction: 'asc' | 'desc') => {
      const query = { ...newest, orderBy: 'completed_at', direction } as const
      return (await listJobs(contextFor(ada), query)).jobs.map(({ id }) => id)
    }
    expect(await sorted('asc')).toEqual([waiting, done])
    expect(await sorted('desc')).toEqual([done, waiting])
    const { lanes } = await jobStats(contextFor(ada))
    expect(lanes).toEqual([{ lane: type.name, waiting: 1, running: 0, bound: 3, waitedSeconds: 0 }])
  })

  it('end and begin again for who manages them, which is noted', async () => {
    const id = await makeFor(userCaller(), { scheduledAt: systemClock.nowSeconds() + 3600 })
    expect(await cancelJob(contextFor(), id)).toMatchObject({ id, status: 'terminated' })
    expect(await retryJob(contextFor(), id)).toMatchObject({ id, status: 'pending' })
    await vi.waitFor(async () => expect((await stage.job(id)).status).toBe('completed'), 5000)
    const noted = await stage.db.read((tx) =>
      tx.db.selectFrom('audit_log').select('action').where('target_id', '=', id).execute(),
    )
    expect(noted).toEqual([{ action: 'job.update' }, { action: 'job.update' }])
    const tried = await triggerJob(contextFor(), { type: type.name, data: 1 })
    expect((await stage.job(tried)).maxAttempts).toBe(1)
  })

  it('are made again and again by schedules', async () => {
    const ctx = contextFor()
    const given = { name: `each second ${randomUUID()}`, type: type.name, data: { a: 1 } }
    const schedule = await createJobSchedule(ctx, { ...given, rhythm: { everySeconds: 1 } })
    await vi.waitFor(async () => {
      const made = await stage.jobsOf(type.name)
      expect(made.some(({ scheduleId }) => scheduleId === schedule.id)).toBe(true)
    }, 5000)
    const resting = await updateJobSchedule(ctx, schedule.id, { isActive: false })
    expect(resting).toMatchObject({ isActive: false, rhythm: { everySeconds: 1 }, data: { a: 1 } })
    const twice = createJobSchedule(ctx, { ...given, rhythm: { cron: '0 0 * * *' } })
    await expect(twice).rejects.toMatchObject({ code: 'conflict' })
    expect((await listJobSchedules(ctx)).map(({ name }) => name)).toContain(given.name)
    await deleteJobSchedule(ctx, schedule.id)
    await expect(deleteJobSchedule(ctx, schedule.id)).rejects.toMatchObject({ code: 'not-found' })
  })

  const schedule = { name: 'x', type: type.name, data: 1, rhythm: { everySeconds: 1 } }
  it.each([
    ['list', 'jobs:manage', (ctx: JobContext) => listJobs(ctx, newest)],
    ['read', 'jobs:manage', (ctx: JobContext) => getJob(ctx, 'x', jobWriter)],
    ['read the log of', 'jobs:manage', (ctx: JobContext) => listJobLogs(ctx, 'x', newest)],
    ['count', 'jobs:manage', (ctx: JobContext) => jobStats(ctx)],
    ['cancel', 'jobs:read', (ctx: JobContext) => cancelJob(ctx, 'x')],
    ['retry', 'jobs:read', (ctx: JobContext) => retryJob(ctx, 'x')],
    ['trigger', 'jobs:read', (ctx: JobContext) => triggerJob(ctx, schedule)],
    ['list schedules of', 'jobs:read', (ctx: JobContext) => listJobSchedules(ctx)],
    ['schedule', 'jobs:read', (ctx: JobContext) => createJobSchedule(ctx, schedule)],
    ['reschedule', 'jobs:read', (ctx: JobContext) => updateJobSchedule(ctx, 'x', {})],
    ['unschedule', 'jobs:read', (ctx: JobContext) => deleteJobSchedule(ctx, 'x')],
  ] as const)('refuses to %s for a caller with only %s', async (_name, scope, verb) => {
    await expect(verb(contextFor(callerWith(scope)))).rejects.toMatchObject({ code: 'forbidden' })
  })
})
