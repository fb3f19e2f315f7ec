import { expect, it } from 'vitest'
import { allStand, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase, openForTest } from '../../../test/support/database.ts'
import type { Database } from '../../platform/db/database.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { randomIds } from '../../platform/ids.ts'
import { apiKeyCaller, localCaller, type Caller } from './caller.ts'
import { changeKeyLimits } from './change-key-limits.ts'
import { createApiKey } from './create-api-key.ts'
import { findCredential } from './find-credential.ts'
import type { KeyLimits } from './key-limits.ts'
import { listApiKeys } from './list-api-keys.ts'
import { listKeyUse, type KeyUse } from './list-key-use.ts'
import { takeAllowance, type Spent } from './take-allowance.ts'

const start = Date.parse('2028-02-29T23:57:00Z') / 1000

describeEachDatabase('allowances of keys', (store) => {
  const clock = standingClock(start)
  const logged: string[] = []
  const note = (_details: object, message: string): void => {
    logged.push(message)
  }
  const contextOf = (caller: Caller, db: Database = store.db) => {
    return {
      db,
      clock,
      ids: randomIds,
      sessionKey: new Uint8Array(32),
      checkSession: allStand,
      caller,
      log: { warn: note, error: note },
    }
  }
  const owner = () => contextOf(localCaller())

  async function createKey(limits: KeyLimits): Promise<{ id: string; caller: Caller }> {
    const input = { name: 'k', scopes: ['completions:run'] as const, expiresAt: null, limits }
    const { key, secret } = await createApiKey(owner(), input)
    const credential = await findCredential(owner(), { keys: [secret], cookies: [] })
    if (credential.kind !== 'apiKey') throw new Error('The key opens nothing')
    return { id: key.id, caller: apiKeyCaller(credential.key) }
  }

  async function call(caller: Caller, spent?: Spent): Promise<Readonly<Record<string, string>>> {
    const ctx = contextOf(caller)
    const { headers, settle } = await takeAllowance(ctx)
    if (spent) await settle(ctx, spent)
    return headers
  }

  async function useOf(id: string): Promise<KeyUse | undefined> {
    const keys = await listApiKeys(owner())
    return (await listKeyUse(owner(), keys)).get(id)
  }

  const refused = (reason: string, headers: object = {}) => ({
    code: 'limit',
    details: { reason, headers: expect.objectContaining(headers) },
  })

  it('are let through up to the limit of a minute, and again in the next one', async () => {
    clock.now = start + 20
    const { caller, id } = await createKey({ requestsPerMinute: 2 })
    expect(await call(caller)).toEqual({
      'x-ratelimit-limit-requests': '2',
      'x-ratelimit-remaining-requests': '1',
      'x-ratelimit-reset-requests': '40s',
    })
    expect(await call(caller)).toMatchObject({ 'x-ratelimit-remaining-requests': '0' })
    const over = {
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '40s',
      'retry-after': '40',
    }
    await expect(call(caller)).rejects.toMatchObject(refused('rate_limit_exceeded', over))
    expect(await useOf(id)).toEqual({ costUsd: 0, requests: 2, tokens: 0 })
    clock.now = start + 59.99
    await expect(call(caller)).rejects.toMatchObject(refused('rate_limit_exceeded'))
    clock.now = start + 60
    expect(await call(caller)).toMatchObject({ 'x-ratelimit-remaining-requests': '1' })
  })

  it('count tokens in the minute in which the call ends', async () => {
    clock.now = start
    const { caller, id } = await createKey({ tokensPerMinute: 100 })
    const ctx = contextOf(caller)
    const slow = await takeAllowance(ctx)
    await call(caller, { tokens: 150, costUsd: 0 })
    await expect(call(caller)).rejects.toMatchObject(
      refused('rate_limit_exceeded', { 'x-ratelimit-remaining-tokens': '0' }),
    )
    clock.now = start + 60
    expect(await call(caller)).toMatchObject({ 'x-ratelimit-remaining-tokens': '100' })
    await slow.settle(ctx, { tokens: 99, costUsd: 0 })
    expect(await useOf(id)).toMatchObject({ tokens: 99, requests: 1 })
    expect(await call(caller)).toMatchObject({ 'x-ratelimit-remaining-tokens': '1' })
  })

  it.each([
    ['day', '2028-03-01T00:00:00Z', '180'],
    ['month', '2028-03-01T00:00:00Z', '180'],
    ['total', '2029-12-01T00:00:00Z', null],
  ] as const)('keep the budget of a %s', async (budgetPeriod, later, retryAfter) => {
    clock.now = start
    const { caller, id } = await createKey({ budgetUsd: 1, budgetPeriod })
    for (let i = 0; i < 9; i++) await call(caller, { tokens: 10, costUsd: 0.1 })
    expect(await call(caller, { tokens: 10, costUsd: 0.1 })).toEqual({})
    const retry = retryAfter === null ? {} : { 'retry-after': retryAfter }
    const headers = { ...retry, 'x-should-retry': 'false' }
    const details = { reason: 'insufficient_quota', headers }
    await expect(call(caller)).rejects.toHaveProperty('details', details)
    expect((await useOf(id))?.costUsd).toBe(1)
    clock.now = Date.parse(later) / 1000
    const again = call(caller, { tokens: 1, costUsd: 0.25 })
    if (budgetPeriod === 'total') {
      await expect(again).rejects.toMatchObject(refused('insufficient_quota'))
    } else {
      await again
      expect((await useOf(id))?.costUsd).toBe(0.25)
    }
  })

  it('count what was used before a limit was set', async () => {
    clock.now = start
    const { caller, id } = await createKey({ requestsPerMinute: 1000 })
    await call(caller, { tokens: 500, costUsd: 2 })
    const changed = await changeKeyLimits(owner(), id, { budgetUsd: 1.5, budgetPeriod: 'month' })
    await expect(call(apiKeyCaller(changed))).rejects.toMatchObject(refused('insufficient_quota'))
    const more = await changeKeyLimits(owner(), id, { budgetUsd: 3, tokensPerMinute: 600 })
    expect(await call(apiKeyCaller(more))).toMatchObject({ 'x-ratelimit-remaining-tokens': '100' })
  })

  it('let exactly as many pass as are left, of those that come to several processes', async () => {
    clock.now = start
    const { caller, id } = await createKey({ requestsPerMinute: 10 })
    for (let i = 0; i < 9; i++) await call(caller)
    const second = await openForTest(store.location)
    await using other = second.db
    const last = [store.db, other].map((db) => takeAllowance(contextOf(caller, db)))
    const outcomes = await Promise.allSettled(last)
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect((await useOf(id))?.requests).toBe(10)
    clock.now = start + 60
    const many = Array.from({ length: 60 }, (_, index) =>
      takeAllowance(contextOf(caller, index % 2 === 0 ? store.db : other)),
    )
    const settled = await Promise.allSettled(many)
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
    for (const outcome of settled) {
      if (outcome.status === 'rejected') {
        expect(outcome.reason).toMatchObject(refused('rate_limit_exceeded'))
      }
    }
    expect((await useOf(id))?.requests).toBe(10)
  })

  it('add up what several processes count at once', async () => {
    clock.now = start
    const { caller, id } = await createKey({ budgetUsd: 100 })
    const second = await openForTest(store.location)
    await using other = second.db
    const calls = Array.from({ length: 40 }, async (_, index) => {
      const ctx = contextOf(caller, index % 2 === 0 ? store.db : other)
      const allowance = await takeAllowance(ctx)
      await allowance.settle(ctx, { tokens: 3, costUsd: 0.1 })
    })
    await Promise.all(calls)
    expect(await useOf(id)).toEqual({ costUsd: 4, requests: 40, tokens: 120 })
  })

  it('are apart for each key', async () => {
    clock.now = start
    const [one, two] = [
      await createKey({ requestsPerMinute: 1 }),
      await createKey({ requestsPerMinute: 1 }),
    ]
    await call(one.caller)
    await call(two.caller)
    await expect(call(one.caller)).rejects.toMatchObject(refused('rate_limit_exceeded'))
  })

  it('leave no more than a few counters of a key behind', async () => {
    const { caller, id } = await createKey({ requestsPerMinute: 5 })
    const day = 86_400
    for (let minute = 0; minute < 30; minute++) {
      clock.now = start + minute * 60
      await call(caller)
    }
    for (let days = 1; days < 12; days++) {
      clock.now = start + days * day
      await call(caller)
    }
    const rows = await store.db.read((tx) =>
      tx.db.selectFrom('key_counters').selectAll().where('key_id', '=', id).execute(),
    )
    const kept = Map.groupBy(rows, ({ period }) => period)
    expect(kept.get('minute')).toHaveLength(1)
    expect(kept.get('day')?.length).toBeLessThanOrEqual(4)
    expect(kept.get('total')).toMatchObject([{ requests: 41 }])
  })

  it('cost a caller without limits no look at the database', async () => {
    const db = new Proxy(store.db, {
      get() {
        throw new Error('The database was asked')
      },
    })
    const { key } = await createApiKey(owner(), {
      name: 'free',
      scopes: ['completions:run'],
      expiresAt: null,
    })
    for (const caller of [localCaller(), apiKeyCaller(key)]) {
      const ctx = contextOf(caller, db)
      const allowance = await takeAllowance(ctx)
      expect(allowance.headers).toEqual({})
      await allowance.settle(ctx, { tokens: 5, costUsd: 1 })
    }
    expect(await useOf(key.id)).toBeUndefined()
  })

  it('count what was used even after the database refused for a moment, and never throw', async () => {
    clock.now = start
    const { caller, id } = await createKey({ budgetUsd: 10 })
    const ctx = contextOf(caller)
    const allowance = await takeAllowance(ctx)
    let refusals = 2
    const failing = (error: Error): Database =>
      Object.create(store.db, {
        enqueue: {
          value: async (...given: Parameters<Database['enqueue']>) => {
            if (refusals > 0) {
              refusals -= 1
              throw error
            }
            return store.db.enqueue(...given)
          },
        },
      })
    const passing = new DomainError('unavailable', 'The disk is full', { retryable: true })
    await allowance.settle({ ...ctx, db: failing(passing) }, { tokens: 7, costUsd: 0.5 })
    expect(await useOf(id)).toMatchObject({ costUsd: 0.5, tokens: 7 })
    expect(logged).toEqual([
      'what a key used could not be counted yet',
      'what a key used could not be counted yet',
    ])
    refusals = 1
    await allowance.settle({ ...ctx, db: failing(new Error('bug')) }, { tokens: 7, costUsd: 0.5 })
    expect(logged.at(-1)).toBe('what a key used could not be counted')
    expect(await useOf(id)).toMatchObject({ costUsd: 0.5, tokens: 7 })
  })

  it('take a figure that is none for nothing', async () => {
    clock.now = start
    const { caller, id } = await createKey({ budgetUsd: 10 })
    await call(caller, { tokens: Number.NaN, costUsd: -1 })
    await call(caller, { tokens: -5, costUsd: Number.POSITIVE_INFINITY })
    expect(await useOf(id)).toMatchObject({ costUsd: 0, tokens: 0, requests: 2 })
  })
})
