import { describe, expect, it, test } from 'vitest'
import {
  ask,
  chatOf,
  leave,
  startFakeEngine,
  until,
} from '../../../test/support/engine/fake-engine.ts'
import { fakePlan } from '../../../test/support/engine/fake-scripts.ts'
import { estimatedBytes, planRoom, type Tenant } from './engine-budget.ts'
import type { LocalEngine } from './local-engine.ts'

const hi = { tokens: ['Hi', '!'] }
/** So many bytes once loaded, 4.3 MB as an estimate before. */
const sized = (id: string, memoryBytes = 5_000_000) =>
  fakePlan({ id, memoryBytes }, { options: { parallel: 1 } })
const long = { tokens: Array.from({ length: 20 }, () => 'x'), everyMs: 20 }
const endless = { tokens: Array.from({ length: 10_000 }, () => 'x'), everyMs: 2 }

function namesIn(engine: LocalEngine): readonly string[] {
  return engine.loaded().map(({ plan }) => plan.name.slice(5, 6))
}

describe('several models', () => {
  it('stay together as far as memory reaches; who was idle for longest goes', async () => {
    await using engine = startFakeEngine({ memoryBytes: 16_000_000 })
    for (const id of ['a', 'b', 'c', 'a']) {
      expect((await ask(engine, hi, sized(id))).status).toBe(200)
    }
    expect(namesIn(engine)).toEqual(['a', 'b', 'c'])
    expect((await ask(engine, hi, sized('d'))).status).toBe(200)
    expect(namesIn(engine)).toEqual(['a', 'c', 'd'])
  })

  it('never cut a stream for a newcomer, which waits for it', async () => {
    await using engine = startFakeEngine({ memoryBytes: 6_000_000 })
    const stream = await engine.post(sized('a'), chatOf(long, { stream: true }))
    const newcomer = ask(engine, hi, sized('b'))
    await until(() => engine.loaded()[0]?.state === 'draining', 'draining')
    const behind = ask(engine, hi, sized('a'))
    expect(await stream.text()).toContain('[DONE]')
    expect((await newcomer).status).toBe(200)
    expect((await behind).status).toBe(200)
    expect(namesIn(engine)).toEqual(['a'])
  })

  it('refuse the newcomer when that takes too long, and go on', async () => {
    await using engine = startFakeEngine({ memoryBytes: 6_000_000, drainMs: 500 })
    const stream = await engine.post(sized('a'), chatOf(endless, { stream: true }))
    const newcomer = ask(engine, hi, sized('b'))
    await until(() => engine.loaded()[0]?.state === 'draining', 'draining')
    const stop = new AbortController()
    const late = engine.post(sized('a'), { ...chatOf(hi), signal: stop.signal })
    const refused = await newcomer
    expect(refused.status).toBe(503)
    expect(JSON.parse(await refused.text()).error.code).toBe('server_error-server_not_ready')
    await until(() => engine.loaded()[0]?.state === 'ready', 'ready again')
    expect(engine.loaded()).toMatchObject([{ inFlight: 1, waiting: 1 }])
    await leave(stream)
    expect((await late).status).toBe(200)
  })

  it('do not go for a newcomer that has left', async () => {
    await using engine = startFakeEngine({ memoryBytes: 6_000_000 })
    const stream = await engine.post(sized('a'), chatOf(long, { stream: true }))
    const left = new AbortController()
    const newcomer = engine.post(sized('b'), { ...chatOf(hi), signal: left.signal })
    await until(() => engine.loaded()[0]?.state === 'draining', 'draining')
    left.abort()
    await expect(newcomer).rejects.toThrow('aborted')
    await until(() => engine.loaded()[0]?.state === 'ready', 'ready again')
    expect(await stream.text()).toContain('[DONE]')
  })

  it('are tried alone where they are larger than all memory', async () => {
    await using engine = startFakeEngine({ memoryBytes: 100 })
    for (const id of ['a', 'b']) expect((await ask(engine, hi, sized(id))).status).toBe(200)
    expect(namesIn(engine)).toEqual(['b'])
  })

  it('make room for one that is larger than was thought', async () => {
    await using engine = startFakeEngine({ memoryBytes: 15_000_000 })
    await ask(engine, hi, sized('a'))
    await ask(engine, hi, sized('b', 12_000_000))
    await until(() => engine.loaded().length === 1, 'one has gone')
    expect(namesIn(engine)).toEqual(['b'])
  })

  it('make room for it later where all are busy when that is found', async () => {
    await using engine = startFakeEngine({ memoryBytes: 15_000_000 })
    const stream = await engine.post(sized('a'), chatOf(endless, { stream: true }))
    await ask(engine, hi, sized('b', 12_000_000))
    expect(namesIn(engine)).toEqual(['a', 'b'])
    await leave(stream)
    await until(() => engine.loaded().length === 1, 'one has gone')
    expect(namesIn(engine)).toEqual(['a'])
  })

  it('are known by what they took when they come again', async () => {
    await using engine = startFakeEngine({ memoryBytes: 15_000_000 })
    const large = sized('b', 12_000_000)
    await ask(engine, hi, large)
    await engine.unload(large)
    const stream = await engine.post(sized('a'), chatOf(endless, { stream: true }))
    const newcomer = ask(engine, hi, large)
    await until(() => engine.loaded()[0]?.state === 'draining', 'draining')
    await leave(stream)
    expect((await newcomer).status).toBe(200)
  })
})

describe('who makes room', () => {
  const tenant = (model: string, more: Partial<Tenant<string>> = {}): Tenant<string> => ({
    model,
    bytes: 10,
    isIdle: true,
    state: 'ready',
    lastUsedMs: 0,
    ...more,
  })
  const old = tenant('old', { lastUsedMs: 1 })
  const young = tenant('young', { lastUsedMs: 9 })
  const busy = tenant('busy', { isIdle: false })

  test.each([
    ['nobody where it fits', 40, [young, old, busy], { kind: 'fits' }],
    ['nobody where nobody is', 5, [], { kind: 'fits' }],
    ['the one used longest ago', 35, [busy, young, old], { kind: 'evict', models: ['old'] }],
    ['as many as it takes', 25, [busy, young, old], { kind: 'evict', models: ['old', 'young'] }],
    ['a busy one last', 15, [busy, young, old], { kind: 'wait', models: ['old', 'young', 'busy'] }],
    [
      'who leaves anyway',
      35,
      [young, old, tenant('leaving', { state: 'draining', lastUsedMs: 20 })],
      { kind: 'wait', models: [] },
    ],
    [
      'who loads last of all',
      35,
      [tenant('new', { state: 'loading', isIdle: false }), busy],
      { kind: 'fits' },
    ],
    [
      'a busy one that leaves before others',
      30,
      [busy, tenant('leaving', { state: 'draining', isIdle: false, lastUsedMs: 20 }), busy],
      { kind: 'wait', models: [] },
    ],
    ['everybody for what fits in nothing', 5, [old], { kind: 'evict', models: ['old'] }],
  ] as const)('is %s', (_, budget, tenants, plan) => {
    expect(planRoom(budget, 10, tenants)).toEqual(plan)
  })

  it('goes by weights and contexts', () => {
    const plan = fakePlan({}, { sizeBytes: 1e9, options: { contextSize: 1000, parallel: 2 } })
    expect(estimatedBytes(plan)).toBe(1.1e9 + 2000 * 30_000)
    expect(estimatedBytes({ ...plan, sizeBytes: null })).toBeGreaterThan(1e9)
    // Nobody says: four conversations of the usual length.
    expect(estimatedBytes({ ...plan, options: {} })).toBe(1.1e9 + 4 * 4096 * 30_000)
  })
})
