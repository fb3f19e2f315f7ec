import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Received } from '../../support/http-request.ts'
import { ask, chat, dialectCalls, openGateway, type Asking, type GatewayStage } from './stage.ts'

/** Of one answer with the golden usage, by the market's list. */
const oneCall = (6 * 1 + 4 * 0.1 + 2 * 5) / 1e6

describe.each(['sqlite', 'postgres'] as const)('Limits of a key [%s]', (dialect) => {
  let stage: GatewayStage
  beforeAll(async () => {
    stage = await openGateway({ dialect })
  })
  beforeEach(untilMinuteIsYoung)
  afterAll(() => stage[Symbol.asyncDispose]())

  const upstreamCount = () => stage.fakes.anthropic.requests.length
  const askWith = (key: string, asking: Asking = {}) => ask(stage.app.url, chat, { key, ...asking })

  describe.each(dialectCalls)('in $dialect', (call) => {
    it('let so many requests pass in a minute and say what is left', async () => {
      const key = await stage.key({ requestsPerMinute: 2 })
      const before = upstreamCount()
      const replies: Received[] = []
      for (const stream of [false, true, false]) {
        replies.push(await ask(stage.app.url, call, { key, stream }))
      }
      expect(replies.map(({ status }) => status)).toEqual([200, 200, 429])
      expect(replies.map(leftIn('requests'))).toEqual([
        ['2', '1'],
        ['2', '0'],
        ['2', '0'],
      ])
      expect(upstreamCount() - before).toBe(2)
      const { headers, text } = replies[2]!
      expect(Number(headers['retry-after'])).toBeGreaterThan(0)
      expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60)
      expect(String(call.errorOf(text))).toMatch(/^rate_limit|requests? (?:a|per) minute/i)
    })

    it('let nothing pass once a budget is spent, and tell clients not to ask again', async () => {
      const key = await stage.key({ budgetUsd: oneCall * 2, budgetPeriod: 'day' })
      const before = upstreamCount()
      const statuses: number[] = []
      for (const stream of [false, true]) {
        statuses.push((await ask(stage.app.url, call, { key, stream })).status)
      }
      const { status, headers, text } = await ask(stage.app.url, call, { key })
      expect([...statuses, status]).toEqual([200, 200, 429])
      expect(upstreamCount() - before).toBe(2)
      expect(headers).toMatchObject({ 'x-should-retry': 'false' })
      expect(Number(headers['retry-after'])).toBeLessThanOrEqual(86_400)
      expect(String(call.errorOf(text))).toMatch(/^insufficient_quota|^billing|^rate_limit|budget/i)
    })
  })

  it('count tokens after a call, and refuse the next when they are used up', async () => {
    const key = await stage.key({ tokensPerMinute: 20 })
    const replies = [await askWith(key), await askWith(key), await askWith(key)]
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 429])
    expect(replies.map(leftIn('tokens'))).toEqual([
      ['20', '20'],
      ['20', '8'],
      ['20', '0'],
    ])
  })

  it('count the same for requests that come at once', async () => {
    const key = await stage.key({ requestsPerMinute: 3 })
    const before = upstreamCount()
    const replies = await Promise.all(Array.from({ length: 12 }, async () => askWith(key)))
    const passed = replies.filter(({ status }) => status === 200)
    expect(passed).toHaveLength(3)
    expect(replies.filter(({ status }) => status === 429)).toHaveLength(9)
    expect(upstreamCount() - before).toBe(3)
    const left = passed.map((reply) => reply.headers['x-ratelimit-remaining-requests'])
    expect(new Set(left)).toEqual(new Set(['0', '1', '2']))
  })

  it('count over all dialects together', async () => {
    const key = await stage.key({ requestsPerMinute: dialectCalls.length - 1 })
    const statuses: number[] = []
    for (const call of dialectCalls) {
      statuses.push((await ask(stage.app.url, call, { key })).status)
    }
    expect(statuses).toEqual([...dialectCalls.slice(1).map(() => 200), 429])
  })

  it('count a call that failed as a request, and as no cost', async () => {
    const key = await stage.key({ requestsPerMinute: 2, budgetUsd: oneCall })
    stage.fakes.anthropic.next({ type: 'status', status: 400 })
    const replies = [await askWith(key), await askWith(key), await askWith(key)]
    expect(replies.map(({ status }) => status)).toEqual([400, 200, 429])
  })

  it('bind that key alone', async () => {
    const key = await stage.key({ requestsPerMinute: 1 })
    expect((await askWith(key)).status).toBe(200)
    expect((await askWith(key)).status).toBe(429)
    expect((await askWith(await stage.key({ requestsPerMinute: 1 }))).status).toBe(200)
    const { status, headers } = await ask(stage.app.url, chat)
    expect(status).toBe(200)
    expect(Object.keys(headers).filter((name) => name.startsWith('x-ratelimit'))).toEqual([])
  })
})

/** What was allowed and what is left, as the reply's headers say it. */
function leftIn(what: 'requests' | 'tokens') {
  return ({ headers }: Received) => [
    headers[`x-ratelimit-limit-${what}`],
    headers[`x-ratelimit-remaining-${what}`],
  ]
}

/** So that no test stands on both sides of a minute's end. */
async function untilMinuteIsYoung(): Promise<void> {
  const left = 60_000 - (Date.now() % 60_000)
  if (left < 5000) await sleep(left)
}
