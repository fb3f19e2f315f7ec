import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { JobStage, typeThat, untilStopped } from '../../../test/support/job-stage.ts'
import { cleanUpJobs } from './clean-up-jobs.ts'
import { jobsReady } from './job-events.ts'
import { newScheduleRow, type Rhythm } from './schedule.ts'
import { insertSchedule, saveSchedule } from './schedule-store.ts'

describeEachDatabase('Schedules of jobs', (store) => {
  let stage: JobStage
  beforeAll(async () => {
    stage = await JobStage.open(store.location)
  })
  afterEach(() => stage.clear())
  afterAll(() => stage[Symbol.asyncDispose]())

  const plan = (type: string, rhythm: Rhythm, now: number) =>
    stage.db.write(async (tx) => {
      const schedule = { name: type, type, data: { a: 1 }, rhythm }
      const row = newScheduleRow(schedule, { id: crypto.randomUUID(), now })
      await insertSchedule(tx, row)
      tx.publish(jobsReady([]))
      return row.id
    })

  it('make one job a time, whatever the number of processes', async () => {
    const clock = standingClock()
    const type = typeThat(async ({ data, scheduleId }) => ({ data, scheduleId }))
    const { location } = store
    await using elsewhere = location.kind === 'postgres' ? await JobStage.open(location) : undefined
    const engines = [
      stage.engine([type], { clock }),
      (elsewhere ?? stage).engine([type], { clock }),
    ]
    const id = await plan(type.name, { everySeconds: 60 }, clock.now)
    for (let round = 1; round <= 3; round += 1) {
      clock.now += 60
      for (const engine of engines) engine.hear(jobsReady([]))
      await vi.waitFor(async () => {
        const made = await stage.jobsOf(type.name)
        expect(made.map(({ status }) => status)).toEqual(Array(round).fill('completed'))
      }, 5000)
    }
    const [first] = await stage.jobsOf(type.name)
    expect(first?.result).toEqual({ data: { a: 1 }, scheduleId: id })
  })

  it('do not make up for what was missed, nor begin before the last job has ended', async () => {
    const clock = standingClock()
    const type = typeThat(untilStopped)
    const engine = stage.engine([type], { clock })
    const id = await plan(type.name, { everySeconds: 60 }, clock.now)
    for (const seconds of [1000, 60, 60]) {
      clock.now += seconds
      engine.hear(jobsReady([]))
      await vi.waitFor(async () => {
        const row = await stage.db.read((tx) =>
          tx.db
            .selectFrom('job_schedules')
            .selectAll()
            .where('id', '=', id)
            .executeTakeFirstOrThrow(),
        )
        expect(row.next_at).toBeGreaterThan(clock.now)
      }, 5000)
    }
    expect(await stage.jobsOf(type.name)).toHaveLength(1)
  })

  it('rest while they are not active, and are left to who knows their type', async () => {
    const clock = standingClock()
    const [type, foreign] = [typeThat(async () => null), typeThat(async () => null)]
    const engine = stage.engine([type], { clock })
    const id = await plan(type.name, { everySeconds: 60 }, clock.now)
    await plan(foreign.name, { everySeconds: 60 }, clock.now)
    await stage.db.write((tx) => saveSchedule(tx, id, { is_active: 0 }))
    clock.now += 60
    engine.hear(jobsReady([]))
    await stage.make(engine, { type: type.name, data: 'sentinel' })
    await vi.waitFor(async () => {
      const made = await stage.jobsOf(type.name)
      expect(made.map(({ data, status }) => [data, status])).toEqual([['sentinel', 'completed']])
    }, 5000)
    expect(await stage.jobsOf(foreign.name)).toEqual([])
  })

  it('that belong to the house are made once, and jobs that ended long ago go', async () => {
    const clock = standingClock()
    const type = typeThat(async ({ log }) => log('info', 'said'))
    const first = stage.engine([type], { clock })
    const [old = ''] = await stage.make(first, { type: type.name, data: 1 })
    await vi.waitFor(async () => expect((await stage.job(old)).status).toBe('completed'), 5000)
    clock.now += 31 * 86_400
    const [young = ''] = await stage.make(first, { type: type.name, data: 2 })
    await vi.waitFor(async () => expect((await stage.job(young)).status).toBe('completed'), 5000)
    const cleaning = { ...cleanUpJobs({ db: stage.db, clock }), name: `${type.name}-cleaning` }
    const second = stage.engine([cleaning], { clock })
    await stage.make(second, { type: cleaning.name, data: null })
    await vi.waitFor(async () => {
      const [cleaned] = await stage.jobsOf(cleaning.name)
      expect(cleaned?.status).toBe('completed')
    }, 5000)
    expect((await stage.jobsOf(type.name)).map(({ id }) => id)).toEqual([young])
    const lines = await stage.db.read((tx) =>
      tx.db.selectFrom('job_logs').select('job_id').where('job_id', 'in', [old, young]).execute(),
    )
    expect(lines).toEqual([{ job_id: young }])
  })
})
