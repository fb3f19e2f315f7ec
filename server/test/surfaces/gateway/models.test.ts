import { performance } from 'node:perf_hooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { send } from '../../support/http-request.ts'
import { startFakeProvider, type FakeProvider } from '../../support/fake-provider.ts'
import { ask, at, chat, dialectCalls, openGateway, type GatewayStage } from './stage.ts'

describe('Names of models', () => {
  let stage: GatewayStage
  let silent: FakeProvider
  let twin: FakeProvider
  beforeAll(async () => {
    silent = await startFakeProvider('openai')
    silent.whenListed({ type: 'hang' })
    twin = await startFakeProvider('openai', { models: ['gpt-4o-mini', 'only-here', 'deep/er:q4'] })
    stage = await openGateway()
    const kind = 'openai-compatible'
    await stage.connect('silent', { kind, base_url: silent.url, api_key: 'k' })
    await stage.connect('twin', { kind, base_url: twin.url, api_key: 'k' })
    await stage.alias('house', ['openai/gpt-4o-mini'])
  })
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
    await silent[Symbol.asyncDispose]()
    await twin[Symbol.asyncDispose]()
  })

  async function list(path: string, headers: Readonly<Record<string, string>> = {}) {
    const before = performance.now()
    const { status, text } = await send(stage.app.url, { path, headers })
    expect(status).toBe(200)
    return { tookMs: performance.now() - before, text }
  }

  // Runs first: nobody has been asked for models yet.
  it('are listed though a provider never answers, whose state is told', async () => {
    const lists = await Promise.all([
      list('/v1/models'),
      list('/v1/models', { 'anthropic-version': '2023-06-01' }),
      list('/api/tags'),
    ])
    for (const { tookMs, text } of lists) {
      expect(tookMs).toBeLessThanOrEqual(2500)
      for (const name of ['house', 'openai/gpt-4o-mini', 'google/gemini-2.5-flash', 'twin/']) {
        expect(text).toContain(name)
      }
    }
    expect(at(lists[0].text, 'providers')).toEqual(
      expect.arrayContaining([
        { name: 'openai', status: 'ok' },
        { name: 'twin', status: 'ok' },
        { name: 'silent', status: 'unreachable', error: expect.stringMatching(/./) },
      ]),
    )
  })

  it('are kept, so that the next lists wait for nobody', async () => {
    const asked = () => [stage.fakes.openai, twin, silent].map((fake) => fake.listRequests.length)
    const before = asked()
    for (const path of ['/v1/models', '/api/tags', '/v1/models/twin/deep/er:q4']) {
      const { tookMs } = await list(path)
      expect(tookMs).toBeLessThanOrEqual(1000)
    }
    expect(asked()).toEqual(before)
  })

  describe.each(dialectCalls)('in $dialect', (call) => {
    it('that several providers have are refused with the names to choose from', async () => {
      const { status, text } = await ask(stage.app.url, call, { model: 'gpt-4o-mini' })
      expect(status).toBe(400)
      expect(text).toContain('openai/gpt-4o-mini')
      expect(text).toContain('twin/gpt-4o-mini')
      expect(String(call.errorOf(text))).toMatch(/ambiguous_model|invalid_request_error|Several/)
    })

    it('that nobody has are not found', async () => {
      const { status } = await ask(stage.app.url, call, { model: 'nobody-has-it' })
      expect(status).toBe(404)
    })
  })

  it('that one provider alone has lead there, and slashes go on as they are', async () => {
    for (const [model, sent] of [
      ['only-here', 'only-here'],
      ['deep/er:q4', 'deep/er:q4'],
      ['twin/deep/er:q4', 'deep/er:q4'],
      ['twin/not/listed', 'not/listed'],
    ] as const) {
      const { status, text } = await ask(stage.app.url, chat, { model })
      expect([status, at(text, 'model')]).toEqual([200, model])
      expect(twin.requests.at(-1)?.body['model']).toBe(sent)
    }
  })
})
