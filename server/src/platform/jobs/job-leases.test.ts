import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { JobStage, typeThat, untilStopped } from '../../../test/support/job-stage.ts'
import { DomainError } from '../domain-error.ts'
import { JobStopped } from './job-outcomes.ts'

/** A process that says no word after it took its jobs; it is killed once it takes no more. */
const silent = { leaseMs: 300, beatMs: 60_000 }
const lively = { leaseMs: 2000, beatMs: 50 }

describeEachDatabase('Leases of jobs', (store) => {
  let stage: JobStage
  beforeAll(async () => {
    stage = await JobStage.open(store.location)
  })
  afterEach(() => stage.clear())
  afterAll(() => stage[Symbol.asyncDispose]())

  const untilIs = (id: string, status: string) =>
    vi.waitFor(async () => expect((await stage.job(id)).status).toBe(status), 10_000)

  it('run out with their process, and whoever takes the job then ends it', async () => {
    const release = Promise.withResolvers<string>()
    let places = 1
    const type = typeThat(() => release.promise, { bound: () => places })
    const dying = stage.engine([type], silent)
    const [id = ''] = await stage.make(dying, { type: type.name, data: 1 })
    await untilIs(id, 'running')
    places = 0
    const heir = typeThat(async ({ attempt }) => `attempt ${attempt}`, { name: type.name })
    stage.engine([heir], lively)
    await untilIs(id, 'completed')
    // The dead one was only asleep.
    release.resolve('too late')
    await vi.waitFor(() => expect(dying.runningCount).toBe(0), 5000)
    expect(await stage.job(id)).toMatchObject({ result: 'attempt 2', attempts: 1 })
    expect(stage.logged).toContain('a job was lost before it ended')
  })

  it('are kept while the process says that it lives, however long the job takes', async () => {
    let runs = 0
    const type = typeThat(async () => {
      runs += 1
      await sleep(1200)
      return 'done'
    })
    const engine = stage.engine([type], { leaseMs: 400, beatMs: 50 })
    stage.engine([type], { leaseMs: 400, beatMs: 50 })
    const [id = ''] = await stage.make(engine, { type: type.name, data: 1 })
    await untilIs(id, 'completed')
    expect(runs).toBe(1)
  })

  it('are lost by a handler whose job somebody else has, and its word counts no more', async () => {
    const reasons: unknown[] = []
    const type = typeThat(async (job) => {
      await untilStopped(job).catch((reason: unknown) => reasons.push(reason))
      const late = stage.db.write((tx) => job.completeIn(tx, 'mine'))
      await late.catch((reason: unknown) => reasons.push(reason))
      return 'mine'
    })
    const engine = stage.engine([type], lively)
    const [id = ''] = await stage.make(engine, { type: type.name, data: 1 })
    await untilIs(id, 'running')
    await stage.db.write((tx) =>
      tx.db
        .updateTable('jobs')
        .set({ lease_owner: 'somebody else', lease_until: 1e12 })
        .where('id', '=', id)
        .execute(),
    )
    await vi.waitFor(() => expect(engine.runningCount).toBe(0), 5000)
    expect(reasons).toEqual([new JobStopped('lost'), new JobStopped('lost')])
    expect(await stage.job(id)).toMatchObject({ status: 'running', result: undefined })
  })

  it('give a job of a dead process the turn back that it had', async () => {
    let places = 2
    const type = typeThat(untilStopped, { bound: () => places })
    const dying = stage.engine([type], silent)
    const jobs = ['first', 'second', 'third', 'fourth'].map((data) => ({ type: type.name, data }))
    const ids = await stage.make(dying, ...jobs)
    await untilIs(ids[1] ?? '', 'running')
    places = 0
    const order: unknown[] = []
    const heir = typeThat(async ({ data }) => void order.push(data), { name: type.name, bound: 1 })
    stage.engine([heir], { isAlone: true })
    for (const id of ids) await untilIs(id, 'completed')
    expect(order).toEqual(['first', 'second', 'third', 'fourth'])
  })

  it('end a job that takes every process down with it', async () => {
    const givenUp: string[] = []
    const type = typeThat(untilStopped, {
      givenUp: async (_tx, job) => void givenUp.push(job.id),
    })
    const maker = stage.engine([])
    const taker = stage.engine([type], silent)
    const [id = ''] = await stage.make(taker, { type: type.name, data: 1, maxAttempts: 1 })
    await untilIs(id, 'running')
    await maker.stop()
    stage.engine([type], { leaseMs: 0, beatMs: 30 })
    await untilIs(id, 'failed')
    expect(await stage.job(id)).toMatchObject({
      attempts: 3,
      error: expect.stringContaining('stopped'),
    })
    expect(givenUp).toEqual([id])
  })

  it('end although what belongs to the end of the job fails', async () => {
    let places = 1
    const type = typeThat(untilStopped, {
      bound: () => places,
      givenUp: () => Promise.reject(new Error('poisoned')),
    })
    const dying = stage.engine([type], silent)
    const [id = ''] = await stage.make(dying, { type: type.name, data: 1 })
    await untilIs(id, 'running')
    places = 0
    await stage.db.write((tx) => dying.cancelIn(tx, id))
    stage.engine([type], lively)
    await untilIs(id, 'terminated')
    expect((await stage.job(id)).isCancelled).toBe(false)
  })

  it('let a job end with all that belongs to it though the database was lost at first', async () => {
    const ends: string[] = []
    const type = typeThat(() => Promise.reject(new Error('broken')), {
      givenUp: async (_tx, { status }) => {
        ends.push(status)
        if (ends.length > 1) return
        throw new DomainError('unavailable', 'The database is not reachable', { retryable: true })
      },
    })
    const engine = stage.engine([type], { leaseMs: 300, beatMs: 50 })
    const [id = ''] = await stage.make(engine, { type: type.name, data: 1 })
    await untilIs(id, 'failed')
    expect(ends).toEqual(['failed', 'failed'])
  })

  it('are free at once for a process that is alone', async () => {
    let places = 1
    const type = typeThat(untilStopped, { bound: () => places })
    const dying = stage.engine([type], { leaseMs: 3_600_000, beatMs: 60_000 })
    const [id = ''] = await stage.make(dying, { type: type.name, data: 1 })
    await untilIs(id, 'running')
    places = 0
    const next = typeThat(async () => 'done', { name: type.name })
    stage.engine([next], { isAlone: true })
    await untilIs(id, 'completed')
    expect((await stage.job(id)).result).toBe('done')
  })

  it('are given back at the deadline when the server stops; what ends in time is kept', async () => {
    const release = Promise.withResolvers<string>()
    const type = typeThat((job) => (job.data === 'quick' ? release.promise : untilStopped(job)))
    const engine = stage.engine([type])
    const base = { type: type.name }
    const [quick = '', slow = ''] = await stage.make(
      engine,
      { ...base, data: 'quick' },
      { ...base, data: 'slow' },
    )
    await untilIs(quick, 'running')
    await untilIs(slow, 'running')
    const stopped = engine.stop(500)
    const [late = ''] = await stage.make(engine, { ...base, data: 'quick' })
    release.resolve('in time')
    await stopped
    expect(await stage.job(quick)).toMatchObject({ status: 'completed', result: 'in time' })
    expect(await stage.job(slow)).toMatchObject({ status: 'pending', attempts: 0 })
    expect(await stage.job(late)).toMatchObject({ status: 'pending', startedAt: null })
  })

  it('let many jobs complete once each although one of two processes dies', async () => {
    const { location } = store
    await using elsewhere = location.kind === 'postgres' ? await JobStage.open(location) : undefined
    const ended = new Map<string, number>()
    const name = typeThat(async () => null).name
    // Whoever makes a job decides how long it waits to be tried again.
    const defaults = { retryDelayMs: 10 }
    const counting = typeThat(
      async (job) => {
        if (job.attempt === 1 && String(job.data).endsWith('7')) {
          throw new DomainError('upstream', 'again', { retryable: true })
        }
        await stage.db.write(async (tx) => {
          await job.completeIn(tx)
          tx.afterCommit(() => ended.set(job.id, (ended.get(job.id) ?? 0) + 1))
        })
      },
      { name, bound: 10, defaults },
    )
    let places = 10
    const stuck = typeThat(untilStopped, { name, bound: () => places, defaults })
    const dying = (elsewhere ?? stage).engine([stuck], silent)
    const ids = await stage.make(
      dying,
      ...Array.from({ length: 100 }, (_, index) => ({ type: name, data: index })),
    )
    await vi.waitFor(() => expect(dying.runningCount).toBe(10), 5000)
    places = 0
    stage.engine([counting], lively)
    for (const id of ids) await untilIs(id, 'completed')
    expect([...ended.values()]).toEqual(ids.map(() => 1))
    expect(ended.size).toBe(100)
  })
})
