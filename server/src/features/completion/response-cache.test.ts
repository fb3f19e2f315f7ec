import { describe, expect, it } from 'vitest'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { anonymousCaller, jobCaller, localCaller, type Caller } from '../identity/index.ts'
import { keepRows, type KeptRow } from './response-cache-store.ts'
import {
  cacheKeyOf,
  dropExpiredAnswers,
  findCachedAnswer,
  keepAnswer,
  type CachedAnswer,
  type CacheFacts,
} from './response-cache.ts'

const facts: CacheFacts = {
  wire: 'openai-chat',
  mode: 'whole',
  alias: 'fast',
  aliasSavedAt: 1,
  places: ['openai/gpt-4o'],
  body: { model: 'fast', messages: [{ role: 'user', content: 'hi' }], temperature: 0 },
  headers: { 'anthropic-beta': 'a' },
}

function keyCaller(keyId: string, userId: string | null = null): Caller {
  return { kind: 'apiKey', keyId, userId, subject: null, scopes: new Set(['completions:run']) }
}

function answerOf(text: string): CachedAnswer {
  return {
    provider: 'openai',
    providerModel: 'gpt-4o',
    isNative: true,
    batches: [
      {
        events: [{ name: null, data: text }],
        parts: [
          { type: 'start', model: 'gpt-4o', id: null },
          { type: 'text-delta', text },
          { type: 'end', finishReason: 'stop', rawFinishReason: null },
        ],
      },
    ],
  }
}

describe('the key of a kept reply', () => {
  const key = (changes: Partial<CacheFacts> = {}, caller = localCaller()): string =>
    cacheKeyOf(caller, { ...facts, ...changes })

  it('is the same whatever order members come in', () => {
    const body = { temperature: 0, messages: [{ content: 'hi', role: 'user' }], model: 'fast' }
    expect(key({ body })).toBe(key())
    expect(key({ headers: { 'Anthropic-Beta': 'a' } })).toBe(key())
    expect(key()).toMatch(/^[0-9a-f]{64}$/)
  })

  it('differs with anything that was asked', () => {
    const { body } = facts
    const keys = [
      key(),
      key({ wire: 'openai-responses' }),
      key({ mode: 'stream' }),
      key({ alias: 'slow' }),
      key({ aliasSavedAt: 2 }),
      key({ headers: {} }),
      key({ headers: { 'anthropic-beta': 'b' } }),
      key({ body: { ...body, temperature: 1 } }),
      key({ body: { ...body, temperature: '0' } }),
      key({ body: { ...body, more: null } }),
      key({ body: { ...body, messages: [] } }),
      key({ body: { ...body, stop: ['a', 'b'] } }),
      key({ body: { ...body, stop: ['b', 'a'] } }),
      key({ body: { ...body, stop: ['a,b'] } }),
      key({ body: { ...body, user: '\uD800' } }),
      key({ body: { ...body, user: '\uD801' } }),
      key({ body: { ...body, ['__proto__']: { x: 1 } } }),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('is shared by the keys of one user and by nobody else', () => {
    const mine = key({}, keyCaller('k1', 'ann'))
    expect(key({}, keyCaller('k2', 'ann'))).toBe(mine)
    const others = [
      localCaller(),
      keyCaller('k1', 'bob'),
      keyCaller('k1'),
      keyCaller('k2'),
      jobCaller('k1', []),
      anonymousCaller(),
    ].map((caller) => key({}, caller))
    expect(new Set([mine, ...others]).size).toBe(others.length + 1)
  })
})

describeEachDatabase('kept replies', (store) => {
  const clock = standingClock(1000)
  const logged: string[] = []
  const note = (_details: object, message: string): void => {
    logged.push(message)
  }
  const log = { warn: note, error: note }
  const ctxOf = (caller: Caller = localCaller()) => ({ ...contextOf(store, clock, caller), log })
  const keysThere = async (): Promise<string[]> => {
    const rows = await store.db.read((tx) =>
      tx.db.selectFrom('response_cache').select('key').orderBy('key').execute(),
    )
    return rows.map(({ key }) => key)
  }
  const sizes = async (): Promise<{ told: number; real: number }> =>
    store.db.read(async (tx) => {
      const total = await tx.db.selectFrom('response_cache_size').select('bytes').execute()
      const rows = await tx.db.selectFrom('response_cache').select('value').execute()
      const real = rows.reduce((sum, { value }) => sum + Buffer.byteLength(value), 0)
      return { told: total[0]?.bytes ?? 0, real }
    })
  const clear = async (): Promise<void> => {
    clock.now += 1e6
    await dropExpiredAnswers(ctxOf(), AbortSignal.timeout(10_000))
    expect(await keysThere()).toEqual([])
    expect(await sizes()).toEqual({ told: 0, real: 0 })
  }

  it('are given again until their time is over', async () => {
    const answer = answerOf('kept')
    await keepAnswer(ctxOf(), 'key', answer, 60)
    expect(await findCachedAnswer(ctxOf(), 'key')).toEqual(answer)
    expect(await findCachedAnswer(ctxOf(), 'other')).toBeUndefined()
    clock.now += 59.9
    expect(await findCachedAnswer(ctxOf(), 'key')).toEqual(answer)
    clock.now += 0.1
    expect(await findCachedAnswer(ctxOf(), 'key')).toBeUndefined()
    await clear()
  })

  it('hold what no database stores in text', async () => {
    const whole = answerOf('a\0b \uD800 \uDC00 "\\u0000" \uD83D 𝒳')
    await keepAnswer(ctxOf(), 'odd', whole, 60)
    expect(await findCachedAnswer(ctxOf(), 'odd')).toEqual(whole)
    await clear()
  })

  it('keep the parts that a surface needs and nothing else of an answer', async () => {
    const given = { ...answerOf('x'), headers: { secret: 'sk-1' } }
    await keepAnswer(ctxOf(), 'plain', given, 60)
    expect(await findCachedAnswer(ctxOf(), 'plain')).toEqual(answerOf('x'))
    await clear()
  })

  it('are replaced by a newer reply', async () => {
    await keepAnswer(ctxOf(), 'again', answerOf('first, and longer'), 60)
    clock.now += 50
    const both = ['second', 'third'].map((text) => keepAnswer(ctxOf(), 'again', answerOf(text), 60))
    await Promise.all(both)
    clock.now += 50
    expect(await findCachedAnswer(ctxOf(), 'again')).toEqual(answerOf('third'))
    const { told, real } = await sizes()
    expect(told).toBe(real)
    await clear()
  })

  it('are not kept over 1 MiB', async () => {
    const frame = Buffer.byteLength(JSON.stringify(answerOf('')))
    // The text stands in the event and in the part.
    const most = Math.floor((1024 * 1024 - frame) / 2)
    await keepAnswer(ctxOf(), 'fits', answerOf('x'.repeat(most)), 60)
    await keepAnswer(ctxOf(), 'large', answerOf('x'.repeat(most + 1)), 60)
    // Each takes three bytes.
    await keepAnswer(ctxOf(), 'wide', answerOf('€'.repeat(most / 2)), 60)
    expect(await keysThere()).toEqual(['fits'])
    await clear()
  })

  it('make room for newer ones, the oldest first, and never outgrow their bound', async () => {
    const row = (index: number): KeptRow => {
      const key = `row ${String(index).padStart(4, '0')}`
      return { key, keptAt: index, expiresAt: 1e12, size: 100, value: 'x'.repeat(100) }
    }
    for (let index = 0; index < 100; index++) {
      await store.db.enqueue(keepRows, { row: row(index), maxBytes: 10_000 }, 100)
    }
    expect(await keysThere()).toHaveLength(100)
    await store.db.enqueue(keepRows, { row: row(100), maxBytes: 10_000 }, 100)
    const left = await keysThere()
    expect(left).toEqual(Array.from({ length: 90 }, (_, index) => row(index + 11).key))
    const together = Array.from({ length: 300 }, async (_, index) =>
      store.db.enqueue(keepRows, { row: row(1000 + index), maxBytes: 10_000 }, 100),
    )
    await Promise.all(together)
    const { told, real } = await sizes()
    expect(told).toBe(real)
    expect(real).toBeLessThanOrEqual(10_000)
    expect((await keysThere()).at(-1)).toBe(row(1299).key)
    await store.db.write((tx) =>
      tx.db.updateTable('response_cache').set({ expires_at: 0 }).execute(),
    )
    await clear()
  })

  it('go once their time is over, and the others stay', async () => {
    for (let index = 0; index < 450; index++) {
      await keepAnswer(ctxOf(), `short ${index}`, answerOf('x'), 10)
    }
    await keepAnswer(ctxOf(), 'long', answerOf('x'), 100)
    clock.now += 10
    const signal = AbortSignal.timeout(10_000)
    expect(await dropExpiredAnswers(ctxOf(), AbortSignal.abort())).toBe(0)
    expect(await dropExpiredAnswers(ctxOf(), signal)).toBe(450)
    expect(await dropExpiredAnswers(ctxOf(), signal)).toBe(0)
    expect(await keysThere()).toEqual(['long'])
    await clear()
  })

  it('are nobody’s where callers cannot be told from each other', async () => {
    const stranger = ctxOf(anonymousCaller(['completions:run']))
    await keepAnswer(stranger, 'stranger', answerOf('x'), 60)
    expect(await keysThere()).toEqual([])
    await keepAnswer(ctxOf(), 'stranger', answerOf('x'), 60)
    expect(await findCachedAnswer(stranger, 'stranger')).toBeUndefined()
    await clear()
  })

  it('are for callers that may run completions', async () => {
    const ctx = ctxOf(jobCaller('test', ['traces:write', 'models:read']))
    const refused = { code: 'forbidden', message: 'This needs the scope completions:run' }
    await expect(keepAnswer(ctx, 'x', answerOf('x'), 60)).rejects.toMatchObject(refused)
    await expect(findCachedAnswer(ctx, 'x')).rejects.toMatchObject(refused)
    await expect(dropExpiredAnswers(ctx, AbortSignal.abort())).rejects.toMatchObject(refused)
  })

  it('that cannot be kept or read are as if there were none', async () => {
    const broken = async (): Promise<never> => {
      throw new Error('disk full')
    }
    const db = Object.create(store.db, { run: { value: broken }, enqueue: { value: broken } })
    const ctx = { ...ctxOf(), db }
    await keepAnswer(ctx, 'x', answerOf('x'), 60)
    expect(await findCachedAnswer(ctx, 'x')).toBeUndefined()
    expect(logged).toEqual(['a reply could not be kept', 'a kept reply could not be read'])
  })
})
