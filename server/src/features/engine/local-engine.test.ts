import { getEventListeners } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import {
  ask,
  chatOf,
  isAlive,
  startFakeEngine,
  until,
} from '../../../test/support/engine/fake-engine.ts'
import { fakePlan } from '../../../test/support/engine/fake-scripts.ts'
import { createLog } from '../../platform/log/create-log.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { UpstreamError } from '../../platform/upstream/upstream-error.ts'
import type { EngineReply } from './engine.ts'
import type { LocalEngine } from './local-engine.ts'

const plan = fakePlan()
const hi = { tokens: ['Hi', '!'] }
/** Goes on until it is stopped. */
const endless = { tokens: Array.from({ length: 10_000 }, () => 'x'), everyMs: 2 }

async function errorOf(reply: EngineReply): Promise<unknown> {
  return JSON.parse(await reply.text()).error
}

async function contentOf(reply: EngineReply): Promise<unknown> {
  return JSON.parse(await reply.text()).choices[0].message.content
}

function stateOf(engine: LocalEngine): string {
  return engine.loaded()[0]?.state ?? 'none'
}

describe('loading', () => {
  it('forks nothing before a model is needed', async () => {
    await using engine = startFakeEngine()
    expect(engine.loaded()).toEqual([])
    expect(engine.isUsing(plan.path)).toBe(false)
  })

  it('goes through loading to ready and tells what is loaded', async () => {
    await using engine = startFakeEngine({ keepAliveSeconds: 60 })
    const answer = ask(engine, hi)
    expect(engine.isUsing(plan.path)).toBe(true)
    await until(() => stateOf(engine) === 'loading', 'loading')
    expect(engine.loaded()).toMatchObject([{ waiting: 1, contextSize: null, loadedAt: null }])
    expect(await contentOf(await answer)).toBe('Hi!')
    const [loaded] = engine.loaded()
    expect(loaded).toEqual({
      plan,
      state: 'ready',
      pid: expect.any(Number),
      inFlight: 0,
      waiting: 0,
      memoryBytes: 1000,
      contextSize: 64,
      loadedAt: expect.any(Number),
      idleSince: expect.any(Number),
      unloadsAt: loaded!.idleSince! + 60,
    })
  })

  it('starts one child for everybody who comes, and for plans that say the same', async () => {
    await using engine = startFakeEngine()
    const same = [
      fakePlan({}, { options: { contextSize: 10, threads: 1 } }),
      fakePlan({}, { name: 'another', options: { threads: 1, contextSize: 10 } }),
    ]
    const asked = Array.from({ length: 20 }, (_, at) => ask(engine, hi, same[at % 2]))
    for (const answer of asked) expect((await answer).status).toBe(200)
    expect(engine.loaded()).toHaveLength(1)
    expect(await contentOf(await ask(engine, hi, fakePlan()))).toBe('Hi!')
    expect(engine.loaded()).toHaveLength(2)
  })

  it('loads ahead, and keeps what is loaded so for as long as was said', async () => {
    await using engine = startFakeEngine({ keepAliveSeconds: 5 })
    await engine.load(plan, { keepAliveSeconds: 300 })
    const [loaded] = engine.loaded()
    expect(loaded).toMatchObject({ state: 'ready', unloadsAt: loaded!.idleSince! + 300 })
  })

  it('says at once why a child ended early, with its last words', async () => {
    await using engine = startFakeEngine()
    const reply = await ask(engine, hi, fakePlan({ start: 'exit' }))
    expect(reply.status).toBe(500)
    expect(await errorOf(reply)).toEqual({
      message: expect.stringMatching(
        /failed to start: code 3\nfake: cannot go on with the file of fake\/model:Q8_0$/u,
      ),
      type: 'internal_server_error',
      code: 'server_error-startup_error',
      param: null,
    })
    expect(engine.loaded()).toEqual([])
  })

  it('says why a file cannot be loaded, as a reply and as an error', async () => {
    await using engine = startFakeEngine()
    const bad = fakePlan({ start: 'unloadable' })
    const reply = await ask(engine, hi, bad)
    expect(reply.status).toBe(422)
    expect(await errorOf(reply)).toMatchObject({
      type: 'unprocessable_entity_error',
      code: 'gguf_metadata_error-invalid_magic',
    })
    await expect(engine.load(bad, { keepAliveSeconds: null })).rejects.toMatchObject({
      name: 'DomainError',
      code: 'invalid',
      details: { status: 422, code: 'gguf_metadata_error-invalid_magic' },
    })
  })

  it('gives up a start that takes too long, and its child', async () => {
    await using engine = startFakeEngine({ startMs: 300 })
    const slow = fakePlan({ start: 'never' })
    const answer = ask(engine, hi, slow)
    await until(() => engine.loaded()[0]?.pid !== undefined, 'a child')
    const pid = engine.loaded()[0]!.pid!
    const reply = await answer
    expect(reply.status).toBe(500)
    expect(await errorOf(reply)).toMatchObject({ code: 'server_error-timeout_error' })
    await until(() => !isAlive(pid), 'the child is gone')
  })

  it('writes what a child prints into the log', async () => {
    const lines: string[] = []
    const log = createLog({ level: 'debug', destination: { write: (line) => lines.push(line) } })
    await using engine = startFakeEngine({ log })
    await ask(engine, hi, fakePlan({ start: 'exit' }))
    const model = 'fake/model:Q8_0'
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'debug', model, msg: 'fake child loads' },
      { level: 'warn', model, msg: 'fake: cannot go on with the file of fake/model:Q8_0' },
      { level: 'warn', model, reason: 'code 3', msg: 'the engine of a model died' },
    ])
  })

  it('calls a file by its model’s name wherever its path could be read', async () => {
    const lines: string[] = []
    const log = createLog({ level: 'debug', destination: { write: (line) => lines.push(line) } })
    await using engine = startFakeEngine({ log })
    for (const start of ['exit', 'unloadable'] as const) {
      const bad = fakePlan({ start })
      const text = await (await ask(engine, hi, { ...bad, name: 'a/b:c' })).text()
      expect(text).toContain('of a/b:c')
      expect(text).not.toContain('/fake/')
    }
    const refusal = { status: 500, code: 'any', message: `no ${plan.path}` } as const
    const refused = await ask(engine, { refusal }, plan)
    expect(await errorOf(refused)).toMatchObject({ message: `no ${plan.name}` })
    expect(lines.join('\n')).toContain('cannot go on with the file of a/b:c')
    expect(lines.join('\n')).not.toContain('/fake/')
  })

  it('keeps the secrets of our environment from the child', async () => {
    vi.stubEnv('OPENAI_API_KEY', 'sk-hidden')
    vi.stubEnv('GGML_SOMETHING', 'seen')
    await using engine = startFakeEngine()
    const told = ['OPENAI_API_KEY', 'GGML_SOMETHING', 'NODE_OPTIONS'].map(async (variable) =>
      contentOf(await ask(engine, { variable })),
    )
    expect(await Promise.all(told)).toEqual(['nothing', 'seen', 'nothing'])
    vi.unstubAllEnvs()
  })

  it('fails to start where the program of the child is missing', async () => {
    await using engine = startFakeEngine({ childModule: new URL('file:///nowhere/none.ts') })
    const reply = await ask(engine, hi)
    expect(await errorOf(reply)).toMatchObject({ code: 'server_error-startup_error' })
  })
})

describe('the queue', () => {
  it('runs as many jobs as there are sequences, in order, and refuses what does not fit', async () => {
    await using engine = startFakeEngine({ maxWaiting: 3 })
    await engine.load(plan, { keepAliveSeconds: null })
    const stop = new AbortController()
    const running = await engine.post(plan, {
      ...chatOf(endless, { stream: true }),
      signal: stop.signal,
    })
    const order: number[] = []
    const waiting = [1, 2, 3].map(async (place) => {
      const reply = await ask(engine, hi)
      order.push(place)
      return reply.status
    })
    expect(engine.loaded()).toMatchObject([{ inFlight: 1, waiting: 3 }])
    const refused = await ask(engine, hi)
    expect(refused.status).toBe(503)
    expect(refused.headers['retry-after']).toMatch(/^\d+$/u)
    expect(await errorOf(refused)).toMatchObject({
      type: 'service_unavailable',
      code: 'server_error-server_not_ready',
    })
    stop.abort()
    await expect(running.text()).rejects.toThrow(UpstreamError)
    expect(await Promise.all(waiting)).toEqual([200, 200, 200])
    expect(order).toEqual([1, 2, 3])
  })

  it('bounds those who wait for a model that still loads', async () => {
    await using engine = startFakeEngine({ maxWaiting: 2 })
    const slow = fakePlan({ loadMs: 100 })
    const replies = await Promise.all([1, 2, 3].map(() => ask(engine, hi, slow)))
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 503])
  })

  it('runs as many side by side as there are sequences', async () => {
    await using engine = startFakeEngine()
    const wide = fakePlan({ sequences: 3 })
    const stop = new AbortController()
    const streams = [1, 2, 3, 4].map(async () => {
      const { signal } = stop
      const reply = await engine.post(wide, { ...chatOf(endless, { stream: true }), signal })
      return reply.text()
    })
    await until(() => engine.loaded()[0]?.inFlight === 3, 'three at once')
    expect(engine.loaded()).toMatchObject([{ waiting: 1 }])
    stop.abort(new Error('enough'))
    const ends = await Promise.allSettled(streams)
    expect(ends.map((end) => end.status)).toEqual(Array(4).fill('rejected'))
    await until(() => engine.loaded()[0]?.inFlight === 0, 'all places are given back')
  })

  it('lets a caller leave while it waits, without a trace', async () => {
    await using engine = startFakeEngine()
    await engine.load(plan, { keepAliveSeconds: null })
    const stop = new AbortController()
    const first = await engine.post(plan, {
      ...chatOf(endless, { stream: true }),
      signal: stop.signal,
    })
    const left = new AbortController()
    const second = engine.post(plan, { ...chatOf(hi), signal: left.signal })
    expect(engine.loaded()).toMatchObject([{ waiting: 1 }])
    left.abort(new Error('the client left'))
    await expect(second).rejects.toMatchObject({
      fault: { kind: 'aborted', reason: 'the client left' },
    })
    expect(engine.loaded()).toMatchObject([{ waiting: 0, inFlight: 1 }])
    expect(getEventListeners(left.signal, 'abort')).toEqual([])
    stop.abort()
    await expect(first.text()).rejects.toThrow('aborted')
  })

  it('hears nothing more of a signal once a reply is complete', async () => {
    await using engine = startFakeEngine()
    const { signal } = new AbortController()
    expect((await engine.post(plan, { ...chatOf(hi), signal })).status).toBe(200)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('asks nothing for a signal that was aborted before', async () => {
    await using engine = startFakeEngine()
    const signal = AbortSignal.abort('no more')
    await expect(engine.post(plan, { ...chatOf(hi), signal })).rejects.toThrow('no more')
    expect(engine.loaded()).toEqual([])
  })
})

describe('idle models', () => {
  it('go after the time that holds for all, counted from the end of the last job', async () => {
    await using engine = startFakeEngine({ keepAliveSeconds: 0.05 })
    const long = { tokens: Array.from({ length: 30 }, () => 'x'), everyMs: 10 }
    const reply = await engine.post(plan, chatOf(long, { stream: true }))
    // Several times the keep-alive: the timer must not cut it.
    expect(await reply.text()).toContain('[DONE]')
    const pid = engine.loaded()[0]!.pid!
    await until(() => engine.loaded().length === 0, 'unloaded')
    expect(isAlive(pid)).toBe(false)
  })

  it('go at once where nothing is kept, and come back when needed', async () => {
    await using engine = startFakeEngine({ keepAliveSeconds: 0 })
    for (let turn = 0; turn < 2; turn += 1) {
      expect(await contentOf(await ask(engine, hi))).toBe('Hi!')
      expect(stateOf(engine)).toBe('draining')
      await until(() => engine.loaded().length === 0, 'unloaded')
    }
  })

  it('serve whoever comes while they go, after a new start', async () => {
    await using engine = startFakeEngine({ keepAliveSeconds: 0 })
    await ask(engine, hi)
    expect(stateOf(engine)).toBe('draining')
    const pid = engine.loaded()[0]!.pid!
    expect(await contentOf(await ask(engine, hi))).toBe('Hi!')
    expect(isAlive(pid)).toBe(false)
  })

  it('follow a changed time at once', async () => {
    await using engine = startFakeEngine({ keepAliveSeconds: -1 })
    await ask(engine, hi)
    expect(engine.loaded()).toMatchObject([{ state: 'ready', unloadsAt: null }])
    engine.setKeepAlive(1000)
    const [loaded] = engine.loaded()
    expect(loaded!.unloadsAt).toBe(loaded!.idleSince! + 1000)
    engine.setKeepAlive(0.01)
    await until(() => engine.loaded().length === 0, 'unloaded')
  })

  it('are not unloaded by a changed time while they work', async () => {
    await using engine = startFakeEngine({ keepAliveSeconds: -1 })
    const long = { tokens: ['a', 'b', 'c', 'd'], everyMs: 30 }
    const reply = await engine.post(plan, chatOf(long, { stream: true }))
    engine.setKeepAlive(0)
    expect(engine.loaded()).toMatchObject([{ state: 'ready', idleSince: null, unloadsAt: null }])
    expect(await reply.text()).toContain('[DONE]')
  })
})

describe('unloading', () => {
  it('waits for what runs, and lets nobody else in', async () => {
    await using engine = startFakeEngine()
    const long = { tokens: ['a', 'b', 'c', 'd'], everyMs: 30 }
    const reply = await engine.post(plan, chatOf(long, { stream: true }))
    const gone = engine.unload(plan)
    expect(stateOf(engine)).toBe('draining')
    const pid = engine.loaded()[0]!.pid
    const late = ask(engine, hi)
    expect(await reply.text()).toContain('[DONE]')
    await gone
    expect(await contentOf(await late)).toBe('Hi!')
    expect(engine.loaded()[0]!.pid).not.toBe(pid)
  })

  it('waits for a start, and means every plan of the file', async () => {
    await using engine = startFakeEngine()
    const other = fakePlan({}, { options: { threads: 1 } })
    const asked = [ask(engine, hi), ask(engine, hi, other)]
    await until(() => engine.loaded().length === 2, 'two children')
    await engine.unload(plan)
    for (const answer of asked) expect((await answer).status).toBe(200)
    expect(engine.loaded()).toEqual([])
    expect(engine.isUsing(plan.path)).toBe(false)
  })

  it('does nothing where nothing is loaded', async () => {
    await using engine = startFakeEngine()
    await expect(engine.unload(plan)).resolves.toBeUndefined()
  })
})

describe('the end', () => {
  it('leaves no child, not even those that load, work, or do not listen', async () => {
    const engine = startFakeEngine({ stopMs: 200 })
    const plans = [
      fakePlan({ id: 'idle' }),
      fakePlan({ id: 'busy' }),
      fakePlan({ id: 'stubborn', isStubborn: true }),
      fakePlan({ id: 'loading', start: 'never' }),
    ]
    await ask(engine, hi, plans[0])
    await ask(engine, hi, plans[2])
    const stream = await engine.post(plans[1]!, chatOf(endless, { stream: true }))
    const loading = ask(engine, hi, plans[3])
    await until(() => engine.loaded().length === 4, 'four children')
    const pids = engine.loaded().map(({ pid }) => pid!)
    expect(pids.map(isAlive)).toEqual([true, true, true, true])
    await engine[Symbol.asyncDispose]()
    expect(pids.map(isAlive)).toEqual([false, false, false, false])
    await expect(stream.text()).rejects.toThrow(UpstreamError)
    expect((await loading).status).toBe(503)
    expect((await ask(engine, hi)).status).toBe(503)
    await expect(engine.load(plan, { keepAliveSeconds: null })).rejects.toThrow(DomainError)
  })
})
