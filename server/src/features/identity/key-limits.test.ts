import { describe, expect, it } from 'vitest'
import { endOf, planCounts, startOf, type KeyCount } from './key-counters.ts'
import { changeLimits, readKeyLimits, type KeyLimits } from './key-limits.ts'
import { rateLimitHeaders, retryHeaders } from './rate-limit-headers.ts'

const utc = (text: string): number => Date.parse(`${text}Z`) / 1000
const invalid = expect.objectContaining({ code: 'invalid' })

describe('limits of a key', () => {
  it('change one by one', () => {
    const made = changeLimits(null, { budgetUsd: 5, requestsPerMinute: 60 })
    expect(made).toEqual({ budgetUsd: 5, budgetPeriod: 'total', requestsPerMinute: 60 })
    const monthly = changeLimits(made, { budgetPeriod: 'month', requestsPerMinute: null })
    expect(monthly).toEqual({ budgetUsd: 5, budgetPeriod: 'month' })
    expect(changeLimits(monthly, { budgetUsd: 7 })).toEqual({ budgetUsd: 7, budgetPeriod: 'month' })
    expect(changeLimits(monthly, { tokensPerMinute: 9, budgetUsd: null })).toEqual({
      tokensPerMinute: 9,
    })
    expect(changeLimits(monthly, { budgetUsd: null })).toBeNull()
    expect(changeLimits(null, {})).toBeNull()
  })

  it.each<KeyLimits>([
    { budgetUsd: 0 },
    { budgetUsd: -1 },
    { budgetUsd: Number.NaN },
    { budgetUsd: Number.POSITIVE_INFINITY },
    { budgetPeriod: 'day' },
    { requestsPerMinute: 0 },
    { requestsPerMinute: 1.5 },
    { tokensPerMinute: -1 },
    { tokensPerMinute: 1e10 },
  ])('are not %j', (limits) => {
    expect(() => changeLimits(null, limits)).toThrow(invalid)
  })

  it('let nothing pass where they cannot be read', () => {
    expect(readKeyLimits(null)).toBeNull()
    const limits = { budgetUsd: 0.5, budgetPeriod: 'day', tokensPerMinute: 10 }
    expect(readKeyLimits(JSON.stringify({ ...limits, later: true }))).toEqual(limits)
    const broken = ['', '[]', '{"budgetUsd":"1"}', '{"budgetUsd":1,"budgetPeriod":"week"}', 'null']
    for (const text of broken) {
      const read = readKeyLimits(text) ?? {}
      const take: KeyCount = { kind: 'take', keyId: 'k', limits: read, nowSeconds: 0 }
      expect(planCounts([], [take]).standings).toMatchObject([{ refusal: 'budget' }])
    }
  })
})

describe('stretches of time', () => {
  it('begin and end by UTC', () => {
    const now = utc('2028-02-29T23:59:59.5')
    expect(startOf('minute', now)).toBe(utc('2028-02-29T23:59:00'))
    expect(endOf('minute', now)).toBe(utc('2028-03-01T00:00:00'))
    expect(startOf('day', now)).toBe(utc('2028-02-29T00:00:00'))
    expect(endOf('day', now)).toBe(utc('2028-03-01T00:00:00'))
    expect(startOf('month', now)).toBe(utc('2028-02-01T00:00:00'))
    expect(endOf('month', now)).toBe(utc('2028-03-01T00:00:00'))
    expect(endOf('month', utc('2027-12-31T12:00:00'))).toBe(utc('2028-01-01T00:00:00'))
    expect(startOf('total', now)).toBe(0)
    expect(endOf('total', now)).toBeNull()
  })
})

describe('counts of keys', () => {
  const take = (limits: KeyLimits, nowSeconds = 1000): KeyCount => {
    return { kind: 'take', keyId: 'k', limits, nowSeconds }
  }
  const settle = (tokens: number, costUsd: number, nowSeconds = 1000): KeyCount => {
    return { kind: 'settle', keyId: 'k', tokens, costUsd, nowSeconds }
  }

  it('that come together pass only up to the limit, and a refused one counts nowhere', () => {
    const limits = { requestsPerMinute: 2 }
    const { standings, changed } = planCounts([], [take(limits), take(limits), take(limits)])
    expect(standings.map(({ refusal }) => refusal)).toEqual([null, null, 'requests'])
    expect(changed.map(({ period, requests }) => [period, requests])).toEqual([
      ['minute', 2],
      ['day', 2],
      ['month', 2],
      ['total', 2],
    ])
  })

  it('of costs reach a budget exactly, whatever rounding loses', () => {
    const budget = { budgetUsd: 1 }
    for (const [parts, cost] of [
      [10, 0.1],
      [1000, 0.001],
      [100_000, 0.000_01],
    ] as const) {
      const costs = Array.from({ length: parts }, () => settle(0, cost))
      const before = planCounts([], costs.slice(1))
      expect(planCounts(before.changed, [take(budget)]).standings).toMatchObject([
        { refusal: null },
      ])
      const after = planCounts(before.changed, [settle(0, cost), take(budget)])
      expect(after.standings.at(-1)).toMatchObject({ refusal: 'budget' })
    }
  })

  it('name the budget first, which takes longest to come back', () => {
    const limits = { budgetUsd: 1, requestsPerMinute: 1, tokensPerMinute: 1 }
    const used = planCounts([], [take(limits), settle(5, 2)]).changed
    expect(planCounts(used, [take(limits)]).standings).toMatchObject([{ refusal: 'budget' }])
    const { budgetUsd: _, ...rest } = limits
    expect(planCounts(used, [take(rest)]).standings).toMatchObject([{ refusal: 'requests' }])
    const tokens = { tokensPerMinute: 5 }
    expect(planCounts(used, [take(tokens)]).standings).toMatchObject([{ refusal: 'tokens' }])
    expect(planCounts(used, [take({ tokensPerMinute: 6 })]).standings).toMatchObject([
      { refusal: null },
    ])
  })
})

describe('headers of a limit', () => {
  const limits = { requestsPerMinute: 60, tokensPerMinute: 1000 }

  it('say what is left and when it comes back', () => {
    const standing = { refusal: null, requests: 1, tokens: 1200 }
    expect(rateLimitHeaders(limits, standing, 1_700_000_000.2)).toEqual({
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-reset-requests': '40s',
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '40s',
    })
    const whole = rateLimitHeaders({ requestsPerMinute: 1 }, standing, 1_700_000_040)
    expect(whole).toEqual({
      'x-ratelimit-limit-requests': '1',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '1m0s',
    })
    expect(rateLimitHeaders({ budgetUsd: 1 }, standing, 0)).toEqual({})
  })

  it('tell when to come again, and not to try by oneself for a budget', () => {
    expect(retryHeaders('tokens', limits, 1_700_000_039.9)).toEqual({ 'retry-after': '1' })
    const daily = { budgetUsd: 1, budgetPeriod: 'day' } as const
    expect(retryHeaders('budget', daily, utc('2028-02-29T23:00:00'))).toEqual({
      'retry-after': '3600',
      'x-should-retry': 'false',
    })
    expect(retryHeaders('budget', { budgetUsd: 1 }, 0)).toEqual({ 'x-should-retry': 'false' })
  })
})
