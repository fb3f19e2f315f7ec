import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Behaviour, FakeProviderKind } from '../../support/fake-provider.ts'
import { sendJson } from '../../support/http-request.ts'
import { startModelStage, stageModels, type ModelStage } from '../../support/model-stage.ts'

interface Fault {
  readonly name: string
  readonly behaviour: Behaviour
  readonly status: 400 | 502
  /** What the detail says; `%` stands for the provider's name. */
  readonly detail: RegExp
  /** What the call's span says of it. */
  readonly kind: 'status' | 'timeout' | 'transport' | 'unusable'
}

/** A gateway that says so is not asked again. */
const final = { 'x-should-retry': 'false' }
const firstByteMs = 300

const faults: readonly Fault[] = [
  {
    name: 'never answers',
    behaviour: { type: 'hang' },
    status: 502,
    detail: /^LLM API call failed: % did not answer within 300 ms$/,
    kind: 'timeout',
  },
  {
    name: 'hangs up without a word',
    behaviour: { type: 'drop' },
    status: 502,
    detail: /^LLM API call failed: .+/,
    kind: 'transport',
  },
  {
    name: 'hangs up in the middle of its answer',
    behaviour: { type: 'drop', afterChunks: 1 },
    status: 502,
    detail: /^The answer of % broke off: .+/,
    kind: 'unusable',
  },
  {
    name: 'answers nonsense',
    behaviour: { type: 'nonsense' },
    status: 502,
    detail: /%/,
    kind: 'unusable',
  },
  {
    name: 'answers 200 with an error',
    behaviour: { type: 'error-inside', message: 'The model is on fire' },
    status: 502,
    detail: /The model is on fire/,
    kind: 'unusable',
  },
  {
    name: 'refuses the key',
    behaviour: { type: 'status', status: 401, message: 'Who are you?' },
    status: 400,
    detail: /^% API error 401: .*Who are you\?/,
    kind: 'status',
  },
  {
    name: 'has had too many requests',
    behaviour: { type: 'status', status: 429, message: 'Slow down', headers: final },
    status: 502,
    detail: /^% API error 429: .*Slow down/,
    kind: 'status',
  },
  {
    name: 'is broken',
    behaviour: { type: 'status', status: 500, message: 'Oops', headers: final },
    status: 502,
    detail: /^% API error 500: .*Oops/,
    kind: 'status',
  },
]

const labels: Readonly<Record<FakeProviderKind, string>> = {
  openai: 'OpenAI',
  anthropic: 'Anthropic',
  google: 'Google',
  ollama: 'Ollama',
}
const kinds = ['openai', 'anthropic', 'google', 'ollama'] as const
const messages = [{ role: 'user', content: 'Hello' }]

describe('When a provider', () => {
  let stage: ModelStage
  beforeAll(async () => {
    stage = await startModelStage({ settings: { upstreamTimeoutMs: firstByteMs } })
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  const spansOf = async (trace_id: string) =>
    (await stage.app.client.getTrace({ params: { trace_id } })).body.spans
  const detailOf = (fault: Fault, kind: FakeProviderKind) =>
    new RegExp(fault.detail.source.replace('%', labels[kind]), 's')

  describe.each(faults)('$name,', (fault) => {
    test.each(kinds)('a chat with %s says so, and its trace as well', async (kind) => {
      const model = stageModels[kind]
      const conversation_id = `${kind} ${fault.name}`
      stage.fakes[kind].next(fault.behaviour)
      const value = { model, conversation_id, messages }
      const reply = await sendJson(stage.app.url, { path: '/v1/playground/chat', value })
      expect(`${reply.status} ${reply.text}`).toMatch(new RegExp(`^${fault.status} `))
      const { detail } = JSON.parse(reply.text) as { readonly detail: string }
      expect(detail).toMatch(detailOf(fault, kind))

      const [root, call, ...others] = await spansOf(conversation_id)
      expect(others).toEqual([])
      expect(root).toMatchObject({ span_type: 'agent_step', status: 'error' })
      expect(call).toMatchObject({
        span_type: 'llm_call',
        status: 'error',
        error_message: root?.error_message,
        end_time: root?.end_time,
        attributes: { 'llm.error_kind': fault.kind, 'llm.attempts': 1 },
      })
      expect(detail).toContain(call?.error_message)
      expect(call?.error_message).not.toBe('')
      expect(Array.from(call?.error_message ?? '').length).toBeLessThanOrEqual(200)
      expect(call?.attributes).not.toHaveProperty('llm.finish_reason')
      expect(call?.attributes).not.toHaveProperty('llm.temperature')
      expect(JSON.stringify([root, call])).not.toContain('test-key-of')
    })

    test('a comparison goes on without it', async () => {
      stage.fakes.openai.next(fault.behaviour)
      const models = [stageModels.openai, stageModels.ollama]
      const value = { models, messages }
      const reply = await sendJson(stage.app.url, { path: '/v1/playground/compare', value })
      expect(reply.status).toBe(200)
      const { trace_id, results } = JSON.parse(reply.text)
      const [failed, fine] = results
      expect(failed.metrics).toEqual({
        input_tokens: 0,
        output_tokens: 0,
        cost_usd: 0,
        latency_ms: 0,
      })
      const reason = failed.completion.replace(/^Error: /, '')
      expect(`Error: ${reason}`).toBe(failed.completion)
      expect(fine.completion).toBe('Hello there!')
      const [root, call] = await spansOf(trace_id)
      expect(call).toMatchObject({ status: 'error', error_message: reason })
      expect(root).toMatchObject({ status: 'error', error_message: null })
    })
  })

  test('has a long reason, a chat shows its beginning and a comparison the whole', async () => {
    const long = 'x'.repeat(400)
    stage.fakes.openai.next({ type: 'raw', status: 400, body: long })
    const chat = { model: stageModels.openai, conversation_id: 'long', messages }
    const reply = await sendJson(stage.app.url, { path: '/v1/playground/chat', value: chat })
    const detail = `OpenAI API error 400: ${'x'.repeat(200)}`
    expect(JSON.parse(reply.text)).toEqual({ detail })
    const [, call] = await spansOf('long')
    expect(call?.error_message).toBe(detail.slice(0, 200))

    stage.fakes.openai.next({ type: 'raw', status: 400, body: long })
    const value = { models: [stageModels.openai, stageModels.ollama], messages }
    const both = await sendJson(stage.app.url, { path: '/v1/playground/compare', value })
    const { trace_id } = JSON.parse(both.text)
    const [, compared] = await spansOf(trace_id)
    expect(compared?.error_message).toBe(detail)
  })

  test('is broken only for a moment, it is asked again', async () => {
    stage.fakes.openai.next({ type: 'status', status: 503, headers: { 'retry-after-ms': '1' } })
    const value = { model: stageModels.openai, conversation_id: 'again', messages }
    const reply = await sendJson(stage.app.url, { path: '/v1/playground/chat', value })
    expect(reply.status).toBe(200)
    const [, call] = await spansOf('again')
    expect(call?.attributes).toMatchObject({ 'llm.attempts': 2, 'llm.completion': 'Hello there!' })
  })
})
