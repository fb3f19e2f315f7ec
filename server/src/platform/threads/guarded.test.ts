import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  eatJob,
  hangJob,
  neverJob,
  refuseJob,
  restJob,
  reverseJob,
  spillJob,
} from '../../../test/support/guarded-jobs.ts'
import { GuardedRoom, type GuardedLimits } from './guarded.ts'

const usual: GuardedLimits = { limitMs: 10_000, maxOutputBytes: 1_000 }
const brief: GuardedLimits = { limitMs: 100, maxOutputBytes: 1_000 }

describe('A guarded room', () => {
  let room: GuardedRoom

  beforeEach(() => {
    room = new GuardedRoom({ maxThreads: 2, maxWaiting: 2, heapMb: 32 })
  })
  afterEach(() => room[Symbol.asyncDispose]())

  const reverses = () =>
    expect(room.run(reverseJob, 'abc', usual)).resolves.toEqual({ value: 'cba' })

  it('gives what a job gives, one after the other', async () => {
    expect(await room.run(reverseJob, 'abc', usual)).toEqual({ value: 'cba' })
    expect(await room.run(reverseJob, '', usual)).toEqual({ value: '' })
  })

  it('stops what does not end, busy or idle, and goes on', async () => {
    expect(await room.run(hangJob, null, brief)).toEqual({ stopped: 'time' })
    expect(await room.run(neverJob, null, brief)).toEqual({ stopped: 'time' })
    await reverses()
  })

  it('counts what a job works, not how long the machine lets it wait', async () => {
    expect(await room.run(restJob, 300, brief)).toEqual({ value: 'rested' })
  })

  it('stops what eats memory and goes on', async () => {
    expect(await room.run(eatJob, null, { ...usual, limitMs: 60_000 })).toEqual({
      stopped: 'memory',
    })
    await reverses()
  })

  it.each([
    { depth: 0, length: 1_001 },
    { depth: 2, length: 1_000 },
    { depth: 0, length: 400_000_000 },
  ])('hands on no more than was allowed: %j', async (spill) => {
    expect(await room.run(spillJob, spill, usual)).toEqual({ stopped: 'size' })
    await reverses()
  })

  it('hands on what fits exactly', async () => {
    const outcome = await room.run(spillJob, { depth: 0, length: 1_000 }, usual)
    expect(outcome).toEqual({ value: 'x'.repeat(1_000) })
  })

  it('throws what a job throws, and a job that is not there', async () => {
    await expect(room.run(refuseJob, 'because', usual)).rejects.toMatchObject({
      code: 'invalid',
      message: 'because',
    })
    const missing = { ...reverseJob, name: 'missingJob' }
    await expect(room.run(missing, 'abc', usual)).rejects.toThrow('no export named missingJob')
    await reverses()
  })

  it('keeps some waiting and refuses more', async () => {
    const busy = [1, 2].map(() => room.run(hangJob, null, { ...brief, limitMs: 1_000 }))
    const waiting = [1, 2].map(() => room.run(reverseJob, 'abc', usual))
    await expect(room.run(reverseJob, 'abc', usual)).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
    })
    expect(await Promise.all(busy)).toEqual([{ stopped: 'time' }, { stopped: 'time' }])
    expect(await Promise.all(waiting)).toEqual([{ value: 'cba' }, { value: 'cba' }])
  })

  it('stops a job whose caller gave up, be it running or waiting', async () => {
    const caller = new AbortController()
    const given = { ...usual, limitMs: 60_000, signal: caller.signal }
    const running = [1, 2].map(() => room.run(neverJob, null, given))
    const waiting = room.run(neverJob, null, given)
    const outcomes = Promise.allSettled([...running, waiting])
    caller.abort()
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'cancelled' } })
    }
    await expect(room.run(reverseJob, 'abc', given)).rejects.toMatchObject({ code: 'cancelled' })
    await reverses()
  })

  it('lets nothing go on once it is closed', async () => {
    const running = [1, 2].map(() => room.run(neverJob, null, usual))
    const outcomes = Promise.allSettled([...running, room.run(reverseJob, 'abc', usual)])
    await room[Symbol.asyncDispose]()
    for (const { status } of await outcomes) expect(status).toBe('rejected')
  })

  it('ends idle threads by itself', async () => {
    await using hasty = new GuardedRoom({ idleMs: 1 })
    expect(await hasty.run(reverseJob, 'abc', usual)).toEqual({ value: 'cba' })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await hasty.run(reverseJob, 'abc', usual)).toEqual({ value: 'cba' })
  })
})
