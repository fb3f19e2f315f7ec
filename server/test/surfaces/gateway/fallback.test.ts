import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { listening, portOf } from '../../support/fake-provider-calls.ts'
import type { Behaviour } from '../../support/fake-provider.ts'
import { ask, at, chat, dialectCalls, openGateway, spansOf, type GatewayStage } from './stage.ts'

const first = 'openai/gpt-4o-mini'
const second = 'anthropic/claude-haiku-4-5-20251001'

describe.each(['sqlite', 'postgres'] as const)('Fallback [%s]', (dialect) => {
  let stage: GatewayStage
  beforeAll(async () => {
    stage = await openGateway({ dialect })
    await stage.alias('house', [first, second])
    await stage.alias('patient', [{ model: first, timeout_ms: 100 }, second])
    await stage.connect('gone', { kind: 'openai-compatible', base_url: await closedUrl() })
    await stage.alias('gone', ['gone/model', second])
  })
  beforeEach(() => {
    for (const fake of Object.values(stage.fakes)) fake.always({ type: 'reply' })
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  /** How often each was asked while the work was done. */
  async function asked<T>(work: () => Promise<T>) {
    const count = () => {
      const { openai, anthropic } = stage.fakes
      return [openai.requests.length, anthropic.requests.length] as const
    }
    const before = count()
    const result = await work()
    const after = count()
    return { result, asked: after.map((number, index) => number - (before[index] ?? 0)) }
  }

  describe.each(dialectCalls)('in $dialect', (call) => {
    it.each([false, true])('goes on to the next target, streamed: %s', async (stream) => {
      // Not queued: this provider knows no completions and refuses them by itself.
      stage.fakes.openai.always({ type: 'status', status: 503 })
      const told = await asked(() => ask(stage.app.url, call, { model: 'house', stream }))
      expect(told.asked).toEqual([1, 1])
      expect(told.result.status).toBe(200)
      expect(told.result.text).toContain('Hello')
      expect(told.result.text).not.toContain('claude')
    })
  })

  const lacks: readonly (readonly [string, Behaviour])[] = [
    ['an overloaded one', { type: 'status', status: 529 }],
    ['a limit', { type: 'status', status: 429, headers: { 'retry-after': '1' } }],
    ['a refused key', { type: 'status', status: 401 }],
    ['an unknown model', { type: 'status', status: 404 }],
    ['a redirect', { type: 'status', status: 308, headers: { location: '/elsewhere' } }],
    ['a dropped socket', { type: 'drop' }],
    ['nonsense', { type: 'nonsense' }],
    ['an error in place of an answer', { type: 'error-inside', afterChunks: 1 }],
  ]

  it.each(lacks)('passes over %s, and the trace shows both', async (_, behaviour) => {
    stage.fakes.openai.next(behaviour)
    const told = await asked(() => ask(stage.app.url, chat, { model: 'house', stream: true }))
    expect(told.asked).toEqual([1, 1])
    expect(told.result.text).toMatch(/data: \[DONE\]\n\n$/)
    const spans = await spansOf(stage, told.result)
    const call = spans.find(({ parent_span_id: parent }) => parent === null)
    const attempt = spans.find(({ parent_span_id: parent }) => parent !== null)
    expect(spans).toHaveLength(2)
    expect(call).toMatchObject({ name: 'chat house', status: 'ok' })
    expect(call?.attributes).toMatchObject({
      'llm.provider': 'anthropic',
      'gateway.alias': 'house',
      'llm.completion': 'Hello there!',
    })
    expect(attempt).toMatchObject({
      name: `attempt ${first}`,
      status: 'error',
      parent_span_id: call?.span_id,
      attributes: { 'llm.provider': 'openai', 'llm.attempts': 1 },
    })
  })

  it('does not wait for a target longer than it was told', async () => {
    stage.fakes.openai.next({ type: 'hang' })
    const told = await asked(() => ask(stage.app.url, chat, { model: 'patient' }))
    expect(told).toMatchObject({ asked: [1, 1], result: { status: 200 } })
    await stage.fakes.openai.untilClosed()
  })

  it('passes over an address at which nobody is', async () => {
    const told = await asked(() => ask(stage.app.url, chat, { model: 'gone' }))
    expect(told).toMatchObject({ asked: [0, 1], result: { status: 200 } })
  })

  it('asks nobody else about a request that is at fault itself', async () => {
    const refusal = { type: 'status', status: 400, message: 'Too long' } as const
    stage.fakes.openai.next(refusal)
    const told = await asked(() => ask(stage.app.url, chat, { model: 'house' }))
    expect(told).toMatchObject({ asked: [1, 0], result: { status: 400 } })
    expect(at(told.result.text, 'error', 'message')).toBe('Too long')
  })

  it('asks nobody else once something has been said', async () => {
    stage.fakes.openai.next({ type: 'error-inside', afterChunks: 2, message: 'It broke' })
    const told = await asked(() => ask(stage.app.url, chat, { model: 'house', stream: true }))
    expect(told).toMatchObject({ asked: [1, 0], result: { status: 200 } })
    expect(told.result.text).toContain('It broke')
    expect(told.result.text).not.toContain('[DONE]')
  })

  it('says what the last target said when none could answer', async () => {
    stage.fakes.openai.always({ type: 'status', status: 500 })
    const headers = { 'retry-after': '40' }
    stage.fakes.anthropic.next({ type: 'status', status: 529, message: 'Overloaded', headers })
    const told = await asked(() => ask(stage.app.url, chat, { model: 'house' }))
    expect(told).toMatchObject({ asked: [1, 1], result: { status: 529 } })
    expect(told.result.headers).toMatchObject({ 'retry-after': '40', 'x-should-retry': 'false' })
    const spans = await spansOf(stage, told.result)
    expect(spans.map(({ status }) => status)).toEqual(['error', 'error'])
  })

  it('chooses by weight, and never what is switched off', async () => {
    await stage.alias(
      'heavy',
      [
        { model: first, weight: 1e-6 },
        { model: second, weight: 1e6 },
      ],
      { strategy: 'weighted' },
    )
    await stage.alias('off', [{ model: first, enabled: false }, second])
    const told = await asked(async () => {
      for (const model of ['heavy', 'off', 'heavy', 'off', 'heavy', 'off']) {
        expect(await ask(stage.app.url, chat, { model })).toMatchObject({ status: 200 })
      }
    })
    expect(told.asked).toEqual([0, 6])
  })

  it('takes the target that can be told what is asked', async () => {
    await stage.alias('able', [second, first])
    const body = { ...chat.body('able'), logit_bias: { '50256': -100 } }
    const told = await asked(() => ask(stage.app.url, { ...chat, body: () => body }))
    expect(told).toMatchObject({ asked: [1, 0], result: { status: 200 } })
    expect(stage.fakes.openai.requests.at(-1)?.body).toHaveProperty('logit_bias')
  })
})

/** An address that has just been given up. */
async function closedUrl(): Promise<string> {
  await using server = await listening(() => {})
  return `http://127.0.0.1:${portOf(server)}/v1`
}
