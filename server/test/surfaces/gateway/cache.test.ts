import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sendJson } from '../../support/http-request.ts'
import {
  anyModel,
  ask,
  chat,
  dialectCalls,
  openGateway,
  spansOf,
  type GatewayStage,
} from './stage.ts'

describe.each(['sqlite', 'postgres'] as const)('The cache of replies [%s]', (dialect) => {
  let stage: GatewayStage
  beforeAll(async () => {
    stage = await openGateway({ dialect })
    await stage.alias('kept', [anyModel], { cache_seconds: 60 })
    await stage.alias('not-kept', [anyModel])
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  const upstreamCount = () => stage.fakes.anthropic.requests.length

  describe.each(dialectCalls)('in $dialect', (call) => {
    it.each([false, true])('gives an answer again, streamed: %s', async (stream) => {
      const before = upstreamCount()
      const asking = { model: 'kept', stream }
      const replies = [
        await ask(stage.app.url, call, asking),
        await ask(stage.app.url, call, asking),
      ]
      expect(replies.map(({ status }) => status)).toEqual([200, 200])
      expect(replies.map(({ headers }) => headers['x-pharos-cache'])).toEqual(['miss', 'hit'])
      expect(upstreamCount() - before).toBe(1)
      for (const { text } of replies) expect(text).toContain('Hello')
      const [missed, hit] = await Promise.all(replies.map((reply) => spansOf(stage, reply)))
      expect(missed?.[0]?.attributes).toMatchObject({ 'gateway.cache': 'miss' })
      expect(Number(missed?.[0]?.attributes['llm.cost_usd'])).toBeGreaterThan(0)
      expect(hit).toHaveLength(1)
      expect(hit?.[0]).toMatchObject({
        status: 'ok',
        attributes: {
          'gateway.cache': 'hit',
          'llm.cost_usd': 0,
          'llm.completion': 'Hello there!',
        },
      })
    })
  })

  it('is asked only where an alias says so', async () => {
    const before = upstreamCount()
    for (const model of ['not-kept', 'not-kept', anyModel, anyModel]) {
      const { headers } = await ask(stage.app.url, chat, { model })
      expect(headers).not.toHaveProperty('x-pharos-cache')
    }
    expect(upstreamCount() - before).toBe(4)
  })

  it('is another for each key, and for each question', async () => {
    const keys = [await stage.key(), await stage.key()]
    const told: unknown[] = []
    for (const key of [...keys, ...keys]) {
      const { headers } = await ask(stage.app.url, chat, { model: 'kept', key })
      told.push(headers['x-pharos-cache'])
    }
    const [key = ''] = keys
    const body = { ...chat.body('kept'), temperature: 0.5 }
    const other = await ask(stage.app.url, { ...chat, body: () => body }, { key })
    expect([...told, other.headers['x-pharos-cache']]).toEqual([
      'miss',
      'miss',
      'hit',
      'hit',
      'miss',
    ])
  })

  it('keeps no failure and no half of an answer', async () => {
    const key = await stage.key()
    const asking = { model: 'kept', key, stream: true }
    stage.fakes.anthropic.next(
      { type: 'status', status: 400 },
      { type: 'cut', afterChunks: 4 },
      { type: 'error-inside', afterChunks: 4 },
    )
    const told: unknown[] = []
    for (const _ of Array.from({ length: 5 })) {
      const { status, headers, text } = await ask(stage.app.url, chat, asking)
      told.push([status, headers['x-pharos-cache'], text.includes('[DONE]')])
    }
    expect(told).toEqual([
      [400, 'miss', false],
      [200, 'miss', false],
      [200, 'miss', false],
      [200, 'miss', true],
      [200, 'hit', true],
    ])
  })

  it('is asked anew once what the name leads to has changed', async () => {
    const name = `changing-${dialect}`
    const { anthropic, openai } = stage.fakes
    const lab = { kind: 'anthropic', base_url: openai.url, api_key: 'sk-lab', models: ['m'] }
    await stage.connect(name, lab)
    await stage.alias(`${name}-inner`, [`${name}/m`])
    await stage.alias(name, [anyModel, `${name}-inner`], { cache_seconds: 60 })
    const target = (model: string) => ({ model })
    const put = (path: string, value: object) =>
      sendJson(stage.app.url, { path: `/api/v1/${path}`, method: 'PUT', value })
    const changes = [
      () => put(`aliases/${name}-inner`, { ...inner, request_params: { temperature: 0.5 } }),
      () => put(`connections/${name}?skip_test=true`, { base_url: anthropic.url }),
      () => put(`aliases/${name}`, { ...outer, options: { cache_seconds: 1 } }),
      () => put(`aliases/${name}`, { ...outer, targets: outer.targets.toReversed() }),
    ]
    const inner = { targets: [target(`${name}/m`)] }
    const outer = {
      targets: [target(anyModel), target(`${name}-inner`)],
      options: { cache_seconds: 60 },
    }
    const asked = async () => {
      const { status, headers } = await ask(stage.app.url, chat, { model: name })
      return [status, headers['x-pharos-cache']]
    }
    expect([await asked(), await asked()]).toEqual([
      [200, 'miss'],
      [200, 'hit'],
    ])
    for (const change of changes) {
      expect((await change()).status).toBe(200)
      expect(await asked()).toEqual([200, 'miss'])
    }
  })

  it('costs a budget nothing', async () => {
    const oneCall = (6 * 1 + 4 * 0.1 + 2 * 5) / 1e6
    const key = await stage.key({ budgetUsd: oneCall * 1.5 })
    for (const expected of ['miss', 'hit', 'hit', 'hit']) {
      const { headers } = await ask(stage.app.url, chat, { model: 'kept', key })
      expect(headers['x-pharos-cache']).toBe(expected)
    }
    expect((await ask(stage.app.url, chat, { key })).status).toBe(200)
    expect((await ask(stage.app.url, chat, { key })).status).toBe(429)
  })
})
