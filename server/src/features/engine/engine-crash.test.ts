import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import {
  ask,
  chatOf,
  leave,
  startFakeEngine,
  until,
} from '../../../test/support/engine/fake-engine.ts'
import { fakePlan } from '../../../test/support/engine/fake-scripts.ts'
import { systemClock } from '../../platform/clock.ts'
import { UpstreamError } from '../../platform/upstream/upstream-error.ts'
import { CrashBackoff } from './crash-backoff.ts'

const plan = fakePlan()
const hi = { tokens: ['Hi', '!'] }

describe('a child that dies', () => {
  it('breaks off the streams, answers the queue with an error, and is replaced', async () => {
    await using engine = startFakeEngine()
    await engine.load(plan, { keepAliveSeconds: null })
    const endless = { tokens: Array.from({ length: 10_000 }, () => 'x'), everyMs: 2 }
    const stream = await engine.post(plan, chatOf(endless, { stream: true }))
    const queued = ask(engine, hi)
    let text = ''
    const read = async () => {
      for await (const chunk of stream.chunks) {
        if (text === '') process.kill(engine.loaded()[0]!.pid!, 'SIGKILL')
        text += Buffer.from(chunk).toString()
      }
    }
    const fault = await read().catch((error: unknown) => error)
    expect(fault).toBeInstanceOf(UpstreamError)
    expect(fault).toMatchObject({
      fault: { kind: 'transport', reason: 'The engine of fake/model:Q8_0 died (SIGKILL)' },
    })
    expect(text).not.toContain('[DONE]')
    const refused = await queued
    expect(refused.status).toBe(502)
    expect(JSON.parse(await refused.text()).error.code).toBe('server_error-engine_crashed')
    expect((await ask(engine, hi)).status).toBe(200)
  })

  it('is an answer with a status while nothing was said, and for a whole reply', async () => {
    await using engine = startFakeEngine()
    const dead = await ask(engine, { tokens: ['a', 'b'], diesAfter: 1 })
    expect(dead.status).toBe(502)
    expect((await ask(engine, hi)).status).toBe(200)
    const early = await engine.post(plan, chatOf({ tokens: ['a'], diesAfter: 0 }, { stream: true }))
    expect(early.status).toBe(502)
    expect(early.headers['content-type']).toBe('application/json')
  })

  it('leaves what it had said in the trace', async () => {
    await using engine = startFakeEngine()
    const request = { ...chatOf({ tokens: ['a', 'b', 'c'], diesAfter: 2 }), traceTokens: 0 }
    const reply = await engine.post(plan, request)
    expect(reply.status).toBe(502)
    expect(reply.trace?.tokens.map(({ text }) => text)).toEqual(['a', 'b'])
  })

  it('is left alone for a while when it dies again and again', async () => {
    let passedMs = 0
    const clock = { ...systemClock, elapsedMs: () => systemClock.elapsedMs() + passedMs }
    await using engine = startFakeEngine({ clock })
    const deadly = { tokens: ['a'], diesAfter: 0 }
    for (let turn = 0; turn < 5; turn += 1) {
      expect((await ask(engine, deadly)).status).toBe(502)
      // Each pause so far is over by then.
      passedMs += 5000
    }
    passedMs -= 5000
    const refused = await ask(engine, hi)
    expect(refused.status).toBe(503)
    expect(refused.headers['retry-after']).toMatch(/^[78]$/u)
    passedMs += 8000
    expect((await ask(engine, hi)).status).toBe(200)
  })

  it('keeps callers waiting for a short pause', async () => {
    await using engine = startFakeEngine()
    const deadly = { tokens: ['a'], diesAfter: 0 }
    for (let turn = 0; turn < 2; turn += 1) await ask(engine, deadly)
    const waiting = ask(engine, hi)
    expect(engine.loaded()).toEqual([])
    expect(engine.isUsing(plan.path)).toBe(true)
    expect((await waiting).status).toBe(200)
  })

  it('is killed when it stays silent', async () => {
    await using engine = startFakeEngine({ pingMs: 20, silentMs: 100 })
    const deaf = fakePlan({ isDeaf: true })
    const reply = await ask(engine, { isSilent: true }, deaf)
    expect(reply.status).toBe(502)
    expect(JSON.parse(await reply.text()).error.message).toContain('silent for 0.1 s')
  })

  it('is killed when it does not end what nobody wants any more', async () => {
    await using engine = startFakeEngine({ abortMs: 100 })
    const stuck = await engine.post(
      plan,
      chatOf({ tokens: ['a'], ignoresAbort: true }, { stream: true }),
    )
    const [{ pid } = { pid: null }] = engine.loaded()
    const waiting = ask(engine, hi)
    await leave(stuck)
    const refused = await waiting
    expect(refused.status).toBe(502)
    expect(JSON.parse(await refused.text()).error.message).toContain('could not be ended for 0.1 s')
    expect((await ask(engine, hi)).status).toBe(200)
    expect(engine.loaded()[0]?.pid).not.toBe(pid)
  })

  it('is left alone when it ended in time what it was to end', async () => {
    await using engine = startFakeEngine({ abortMs: 100 })
    const refusal = { status: 400, code: 'any', message: 'No.' } as const
    expect((await ask(engine, { refusal })).status).toBe(400)
    const endless = { tokens: Array.from({ length: 10_000 }, () => 'x'), everyMs: 2 }
    await leave(await engine.post(plan, chatOf(endless, { stream: true })))
    const [{ pid } = { pid: null }] = engine.loaded()
    await sleep(300)
    expect(engine.loaded()).toMatchObject([{ pid, inFlight: 0 }])
  })

  it('is left alone while it answers', async () => {
    await using engine = startFakeEngine({ pingMs: 50, silentMs: 1000 })
    const slow = { tokens: ['a', 'b', 'c', 'd'], everyMs: 300 }
    expect((await ask(engine, slow)).status).toBe(200)
  })

  it('is not missed by a model that nobody uses', async () => {
    await using engine = startFakeEngine()
    await engine.load(plan, { keepAliveSeconds: null })
    process.kill(engine.loaded()[0]!.pid!, 'SIGKILL')
    await until(() => engine.loaded().length === 0, 'noticed')
    expect((await ask(engine, hi)).status).toBe(200)
  })
})

describe('the pauses between starts', () => {
  it('double from the second crash on and end with a finished job', () => {
    const backoff = new CrashBackoff()
    const waits = [1, 2, 3, 4, 5, 6, 7, 8].map(() => {
      backoff.noteCrash(0)
      return backoff.waitMs(0)
    })
    expect(waits).toEqual([0, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
    expect(backoff.waitMs(29_000)).toBe(1000)
    expect(backoff.isQuiet(30_000)).toBe(false)
    expect(backoff.isQuiet(100_000)).toBe(true)
    backoff.noteFinishedJob()
    backoff.noteCrash(0)
    expect(backoff.waitMs(0)).toBe(0)
  })
})
