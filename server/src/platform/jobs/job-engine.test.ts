import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { JobStage, typeThat, untilStopped } from '../../../test/support/job-stage.ts'
import { DomainError } from '../domain-error.ts'
import { completeGroup } from './job-groups.ts'
import { JobReschedule, JobRetry, JobTermination } from './job-outcomes.ts'
import type { Completion } from './job-store.ts'

describeEachDatabase('The job engine', (store) => {
  let stage: JobStage
  beforeAll(async () => {
    stage = await JobStage.open(store.location)
  })
  afterEach(() => stage.clear())
  afterAll(() => stage[Symbol.asyncDispose]())

  const statusOf = async (id: string) => (await stage.job(id)).status
  const untilIs = (id: string, status: string) =>
    vi.waitFor(async () => expect(await statusOf(id)).toBe(status), 5000)

  it('runs a job once its transaction has committed, and keeps what it gave', async () => {
    const type = typeThat(async ({ data, attempt }) => ({ saw: data, attempt }))
    const engine = stage.engine([type])
    const [id = ''] = await stage.make(engine, {
      type: type.name,
      data: { a: ['\u0000', '\ud800'] },
    })
    await untilIs(id, 'completed')
    expect(await stage.job(id)).toMatchObject({
      result: { saw: { a: ['\u0000', '\ud800'] }, attempt: 1 },
      attempts: 0,
      progress: 1,
      error: null,
      lane: type.name,
    })
    const failing = stage.db.write(async (tx) => {
      await engine.enqueue(tx, { type: type.name, data: 1 })
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await stage.jobsOf(type.name)).toHaveLength(1)
  })

  it('tries again after a growing wait while the failure may pass, then fails', async () => {
    const clock = standingClock()
    const start = clock.now
    const givenUp: string[] = []
    const type = typeThat(
      async ({ attempt }) => {
        if (attempt === 1) throw new JobRetry('busy')
        if (attempt === 2) throw new DomainError('upstream', 'down', { retryable: true })
        throw new JobRetry('still', { afterMs: 60_000 })
      },
      {
        givenUp: async (_tx, job) => void givenUp.push(`${job.id} ${job.error}`),
        defaults: { maxAttempts: 4, retryDelayMs: 1000, retryBackoffMultiplier: 3 },
      },
    )
    const engine = stage.engine([type], { clock, random: () => 1 })
    const [id = ''] = await stage.make(engine, { type: type.name, data: null })
    await untilIs(id, 'retrying')
    expect(await stage.job(id)).toMatchObject({
      attempts: 1,
      error: 'Attempt 1 failed: busy',
      nextRetryAt: start + 1,
    })
    const pass = async (seconds: number, attempts: number) => {
      clock.now += seconds
      engine.wake()
      await vi.waitFor(async () => expect((await stage.job(id)).attempts).toBe(attempts), 5000)
    }
    await pass(1, 2)
    expect(await stage.job(id)).toMatchObject({ status: 'retrying', nextRetryAt: start + 1 + 3 })
    await pass(3, 3)
    // Somebody asked for more than the nine seconds that would be its turn.
    expect((await stage.job(id)).nextRetryAt).toBe(start + 4 + 60)
    clock.now += 60
    engine.wake()
    await untilIs(id, 'failed')
    expect(await stage.job(id)).toMatchObject({ error: 'still', completedAt: clock.now })
    expect(givenUp).toEqual([`${id} still`])
  })

  it('fails at once for what does not pass, and tells nobody of a fault of our own', async () => {
    const type = typeThat(async ({ data }) => {
      if (data === 'refused') throw new DomainError('invalid', 'No such thing')
      throw new Error('secret path')
    })
    const engine = stage.engine([type])
    const [refused = '', broken = ''] = await stage.make(
      engine,
      { type: type.name, data: 'refused' },
      { type: type.name, data: 'broken' },
    )
    await untilIs(refused, 'failed')
    await untilIs(broken, 'failed')
    expect((await stage.job(refused)).error).toBe('No such thing')
    expect((await stage.job(broken)).error).not.toContain('secret')
    expect(stage.logged).toContain('the handler of a job failed')
  })

  it('ends a job although what belongs to its end fails', async () => {
    const type = typeThat(() => Promise.reject(new DomainError('invalid', 'No')), {
      givenUp: () => Promise.reject(new Error('poisoned')),
    })
    const engine = stage.engine([type])
    const [id = ''] = await stage.make(engine, { type: type.name, data: 1 })
    await untilIs(id, 'failed')
    expect((await stage.job(id)).error).toBe('No')
  })

  it('terminates with a reason, and puts off without counting an attempt', async () => {
    const clock = standingClock()
    const type = typeThat(async () => {
      if (clock.now > 1_700_000_000) throw new JobTermination('all gone')
      throw new JobReschedule(clock.now + 100)
    })
    const engine = stage.engine([type], { clock })
    const [id = ''] = await stage.make(engine, { type: type.name, data: 1 })
    await vi.waitFor(async () =>
      expect(await stage.job(id)).toMatchObject({
        status: 'pending',
        attempts: 0,
        scheduledAt: clock.now + 100,
      }),
    )
    clock.now += 100
    engine.wake()
    await untilIs(id, 'terminated')
    expect(await stage.job(id)).toMatchObject({ terminationReason: 'all gone', error: null })
  })

  it('takes the better priority first, but not before what has waited long', async () => {
    const clock = standingClock()
    const ran: unknown[] = []
    const type = typeThat(async ({ data }) => void ran.push(data), { bound: 1 })
    const engine = stage.engine([type], { clock })
    const base = { type: type.name, scheduledAt: clock.now }
    const ids = await stage.make(
      engine,
      { ...base, data: 'slow', priority: 20 },
      { ...base, data: 'usual', priority: 5 },
      { ...base, data: 'urgent', priority: 0 },
      { ...base, data: 'old and slow', priority: 20, scheduledAt: clock.now - 500 },
    )
    for (const id of ids) await untilIs(id, 'completed')
    expect(ran).toEqual(['old and slow', 'urgent', 'usual', 'slow'])
  })

  it('keeps the bound of each lane, also one that changes', async () => {
    const running = new Map<string, number>()
    const most = new Map<string, number>()
    let bound = 2
    const type = typeThat(
      async ({ data }) => {
        const lane = String(data)
        const now = (running.get(lane) ?? 0) + 1
        running.set(lane, now)
        most.set(lane, Math.max(most.get(lane) ?? 0, now))
        await new Promise(setImmediate)
        running.set(lane, (running.get(lane) ?? 0) - 1)
      },
      {
        lane: (data) => `${type.name}:${String(data)}`,
        bound: (lane) => (lane.endsWith(':a') ? bound : 4),
      },
    )
    const engine = stage.engine([type])
    const make = () =>
      stage.make(
        engine,
        ...Array.from({ length: 40 }, (_, at) => ({ type: type.name, data: at % 2 ? 'a' : 'b' })),
      )
    for (const id of await make()) await untilIs(id, 'completed')
    expect(most.get('a')).toBe(2)
    expect(most.get('b')).toBe(4)
    bound = 6
    for (const id of await make()) await untilIs(id, 'completed')
    expect(most.get('a')).toBe(6)
  })

  it('cancels what waits at once and what runs by its signal', async () => {
    const givenUp: string[] = []
    const type = typeThat(untilStopped, {
      bound: 1,
      givenUp: async (_tx, job) => void givenUp.push(job.id),
    })
    const engine = stage.engine([type])
    const [first = '', second = ''] = await stage.make(
      engine,
      { type: type.name, data: 1 },
      { type: type.name, data: 2 },
    )
    await untilIs(first, 'running')
    const cancelled = await stage.db.write((tx) => engine.cancelIn(tx, second))
    expect(cancelled).toMatchObject({ status: 'terminated', completedAt: expect.any(Number) })
    const asked = await stage.db.write((tx) => engine.cancelIn(tx, first))
    expect(asked).toMatchObject({ status: 'running', isCancelled: true })
    await untilIs(first, 'terminated')
    expect(await stage.job(first)).toMatchObject({
      terminationReason: 'The job was cancelled',
      isCancelled: false,
    })
    expect(givenUp).toEqual([second, first])
    await expect(stage.db.write((tx) => engine.cancelIn(tx, first))).rejects.toMatchObject({
      code: 'precondition',
    })
  })

  it('runs what had ended without success again when asked', async () => {
    let isWell = false
    const tried: string[] = []
    const type = typeThat(
      async () => {
        if (!isWell) throw new DomainError('invalid', 'No')
        return 'well'
      },
      { triedAgain: async (_tx, job) => void tried.push(job.status) },
    )
    const engine = stage.engine([type])
    const [id = ''] = await stage.make(engine, { type: type.name, data: 1 })
    await untilIs(id, 'failed')
    isWell = true
    await stage.db.write((tx) => engine.retryIn(tx, id))
    await untilIs(id, 'completed')
    expect(await stage.job(id)).toMatchObject({ result: 'well', error: null })
    expect(tried).toEqual(['pending'])
    await expect(stage.db.write((tx) => engine.retryIn(tx, id))).rejects.toMatchObject({
      code: 'precondition',
    })
  })

  it('refuses data that is too large or that nobody reads, and a type that nobody knows', async () => {
    const type = typeThat(async () => null, {
      read: (data) => {
        if (data !== 'legible') throw new DomainError('invalid', 'Illegible')
        return data
      },
    })
    const engine = stage.engine([type])
    for (const job of [
      { type: type.name, data: 'x'.repeat(1024 * 1024) },
      { type: type.name, data: 'illegible' },
      { type: 'unknown', data: 1 },
    ]) {
      await expect(stage.make(engine, job)).rejects.toMatchObject({ code: 'invalid' })
    }
  })

  it('leaves jobs of a type that it does not know to those who do', async () => {
    const known = typeThat(async () => 'done')
    const elsewhere = typeThat(async () => 'done')
    const engine = stage.engine([known])
    const maker = stage.engine([known, elsewhere])
    await maker.stop()
    const [foreign = '', own = ''] = await stage.make(
      maker,
      { type: elsewhere.name, data: 1 },
      { type: known.name, data: 1 },
    )
    await untilIs(own, 'completed')
    engine.wake()
    expect(await statusOf(foreign)).toBe('pending')
    stage.engine([elsewhere])
    await untilIs(foreign, 'completed')
  })

  it('saves progress and lines while the job runs and when it ends', async () => {
    const type = typeThat(async ({ data, progress, log, signal }) => {
      progress(0.25)
      log('info', 'begun')
      if (data === 'stays') await untilStopped({ signal } as Parameters<typeof untilStopped>[0])
      for (let line = 0; line < 1500; line += 1) log('debug', `line ${line}`)
    })
    const engine = stage.engine([type])
    const [id = '', staying = ''] = await stage.make(
      engine,
      { type: type.name, data: 1 },
      { type: type.name, data: 'stays' },
    )
    await untilIs(id, 'completed')
    const lines = await stage.db.read((tx) =>
      tx.db.selectFrom('job_logs').selectAll().where('job_id', '=', id).orderBy('seq').execute(),
    )
    expect(lines).toHaveLength(1000)
    expect(lines[0]).toMatchObject({ level: 'info', message: 'begun' })
    expect(lines.at(-1)).toMatchObject({ level: 'warn' })
    await vi.waitFor(async () => expect((await stage.job(staying)).progress).toBe(0.25), 5000)
  })

  it('ends in one with what the handler saves', async () => {
    const type = typeThat(async ({ id, data, completeIn }) => {
      await stage.db.write(async (tx) => {
        await completeIn(tx, { of: id })
        if (data === 'breaks') throw new DomainError('invalid', 'Broken off')
      })
      throw new Error('what comes later does not matter')
    })
    const engine = stage.engine([type])
    const [good = '', bad = ''] = await stage.make(
      engine,
      { type: type.name, data: 'holds' },
      { type: type.name, data: 'breaks' },
    )
    await untilIs(good, 'completed')
    await untilIs(bad, 'failed')
    expect((await stage.job(good)).result).toEqual({ of: good })
    expect(await stage.job(bad)).toMatchObject({ error: 'Broken off', result: undefined })
  })

  it('ends in a group of the handler, unless that finds the job to be of somebody else', async () => {
    const type = typeThat(async ({ id, data, completeThrough }) => {
      const save = async (completion: Completion) => {
        const owner = data === 'lost' ? 'somebody else' : completion.owner
        return stage.db.enqueue(completeGroup, { ...completion, owner }, 0)
      }
      await completeThrough(save, { of: id })
      throw new Error('what comes later does not matter')
    })
    const engine = stage.engine([type])
    const [good = '', lost = ''] = await stage.make(
      engine,
      { type: type.name, data: 'holds' },
      { type: type.name, data: 'lost' },
    )
    await untilIs(good, 'completed')
    expect((await stage.job(good)).result).toEqual({ of: good })
    await untilIs(lost, 'failed')
    expect(await stage.job(lost)).toMatchObject({ error: 'The job belongs to another process now' })
  })
})
