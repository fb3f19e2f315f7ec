import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LiveClient, type Frame } from '../../support/live-client.ts'
import { startModelStage, stageModels, type ModelStage } from '../../support/model-stage.ts'
import { send, sendJson } from '../../support/http-request.ts'
import { attributesOf, spanOf, storyOf } from '../../support/told.ts'
import { wireSpan } from '../../support/wire-spans.ts'

const hello = [{ role: 'user', content: 'Hello' }] as const

/** USD per million tokens, as the contract lists them (§10.4); the golden usage is 10 in, 2 out. */
const rates = {
  openai: [0.15, 0.6],
  anthropic: [1, 5],
  google: [0.15, 0.6],
} as const
const goldenCost = ([input, output]: readonly [number, number]) =>
  (10 * input) / 1e6 + (2 * output) / 1e6

describe.each(['sqlite', 'postgres'] as const)('The playground [%s]', (dialect) => {
  let stage: ModelStage
  beforeAll(async () => {
    stage = await startModelStage({ dialect })
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  /** Everything told until now, by telling one thing more. */
  const takeAll = async (live: LiveClient): Promise<Frame[]> => {
    const end = wireSpan()
    await stage.app.client.ingestSpans({ body: { spans: [end] } })
    const frames = await live.takeUntilSpan(end.span_id)
    return frames.slice(0, -1)
  }

  test('tells a chat by one trace and four spans, in this order (§6.1)', async () => {
    using live = await LiveClient.open(stage.app.url)
    const model = stageModels.openai
    const { body } = await stage.app.client.chat({ body: { model, messages: [...hello] } })
    const frames = await takeAll(live)
    expect(storyOf(frames)).toEqual([
      `trace Playground: ${model}`,
      `agent_step Playground: ${model} unset`,
      `llm_call ${model} unset`,
      `llm_call ${model} ok`,
      `agent_step Playground: ${model} ok`,
    ])
    const [opened, root, call, answered, closed] = frames
    expect(opened).toEqual({
      event: 'trace_created',
      trace: {
        trace_id: body.trace_id,
        name: `Playground: ${model}`,
        start_time: spanOf(root)['start_time'],
        status: 'unset',
      },
    })
    expect(attributesOf(root)).toEqual({ playground: true })
    expect(attributesOf(call)).toMatchObject({
      'llm.provider': 'openai',
      'llm.model': model,
      'llm.prompt': JSON.stringify(hello),
      'llm.temperature': 1,
    })
    expect(attributesOf(call)).not.toHaveProperty('llm.completion')
    expect(attributesOf(answered)).toMatchObject({
      ...attributesOf(call),
      'llm.completion': 'Hello there!',
      'llm.tokens.input': 10,
      'llm.tokens.output': 2,
      'llm.tokens.total': 12,
      'llm.finish_reason': 'stop',
    })
    expect(spanOf(call)['start_time']).toBe(spanOf(root)['start_time'])
    expect(spanOf(answered)['end_time']).toBe(spanOf(closed)['end_time'])
    expect(spanOf(root)['end_time']).toBeNull()
    expect(spanOf(call)['parent_span_id']).toBe(spanOf(root)['span_id'])
  })

  test('tells a further turn without a trace', async () => {
    const model = stageModels.google
    const first = await stage.app.client.chat({ body: { model, messages: [...hello] } })
    using live = await LiveClient.open(stage.app.url)
    const conversation_id = first.body.conversation_id
    await stage.app.client.chat({ body: { conversation_id, model, messages: [...hello] } })
    expect(storyOf(await takeAll(live))).toEqual([
      `agent_step Playground: ${model} unset`,
      `llm_call ${model} unset`,
      `llm_call ${model} ok`,
      `agent_step Playground: ${model} ok`,
    ])
  })

  test('has all spans of a comparison open before it asks, and closes them in order (§6.2)', async () => {
    using live = await LiveClient.open(stage.app.url)
    const models = [stageModels.anthropic, stageModels.ollama, stageModels.openai]
    // The first to be asked is the last to answer.
    const { promise: othersDone, resolve } = Promise.withResolvers<void>()
    stage.fakes.anthropic.next({ type: 'reply', pause: () => othersDone })
    stage.fakes.openai.next(() => {
      resolve()
      return { type: 'reply' }
    })
    const compared = await stage.app.client.compareModels({
      body: { models, messages: [...hello] },
    })
    expect(compared.body.results.map(({ model }) => model)).toEqual(models)
    const frames = await takeAll(live)
    const name = `Compare: ${models.join(' vs ')}`
    expect(storyOf(frames)).toEqual([
      `trace ${name}`,
      `agent_step ${name} unset`,
      ...models.map((model) => `llm_call ${model} unset`),
      ...models.map((model) => `llm_call ${model} ok`),
      `agent_step ${name} ok`,
    ])
    const times = (key: string, from: number) =>
      new Set(frames.slice(from, from + 4).map((frame) => spanOf(frame)[key]))
    expect(times('start_time', 1).size).toBe(1)
    expect(times('end_time', 5).size).toBe(1)
    expect([...times('end_time', 5)]).not.toContain(null)
  })

  test('tells a test of prompts alike (§6.3)', async () => {
    using live = await LiveClient.open(stage.app.url)
    const model = stageModels.openai
    stage.fakes.openai.next({ type: 'status', status: 400, message: 'no' })
    await stage.app.client.comparePrompts({ body: { model, prompts: ['a', 'a'] } })
    const frames = await takeAll(live)
    const ended = storyOf(frames.slice(4, 6)).toSorted()
    expect(storyOf(frames.slice(0, 4))).toEqual([
      `trace A/B Test: ${model}`,
      `agent_step A/B Test: ${model} unset`,
      `llm_call ${model} (Prompt 1) unset`,
      `llm_call ${model} (Prompt 2) unset`,
    ])
    expect(ended.map((line) => line.slice(line.lastIndexOf(' ') + 1)).toSorted()).toEqual([
      'error',
      'ok',
    ])
    expect(storyOf(frames.slice(6))).toEqual([`agent_step A/B Test: ${model} error`])
  })

  test.each(['openai', 'anthropic', 'google', 'ollama'] as const)(
    'counts the tokens and works out the cost of %s (§10.4)',
    async (kind) => {
      const cost = kind === 'ollama' ? 0 : goldenCost(rates[kind])
      expect(cost > 0).toBe(kind !== 'ollama')
      const model = stageModels[kind]
      const { body } = await stage.app.client.chat({ body: { model, messages: [...hello] } })
      expect(body.message.content).toBe('Hello there!')
      expect(body.metrics).toMatchObject({ input_tokens: 10, output_tokens: 2 })
      expect(Math.abs(body.metrics.cost_usd - cost)).toBeLessThan(1e-12)
      const { latency_ms: latency } = body.metrics
      expect(latency).toBeGreaterThan(0)
      expect(latency).toBe(Math.round(latency * 10) / 10)
      const params = { trace_id: body.trace_id }
      const trace = (await stage.app.client.getTrace({ params })).body
      expect(trace).toMatchObject({ total_tokens: 12, span_count: 2, status: 'ok' })
      expect(Math.abs(trace.total_cost_usd - cost)).toBeLessThan(1e-12)
    },
  )

  test('adds up what a comparison cost', async () => {
    const models = [stageModels.openai, stageModels.anthropic, stageModels.openai]
    const { body } = await stage.app.client.compareModels({
      body: { models, messages: [...hello] },
    })
    const total = 2 * goldenCost(rates.openai) + goldenCost(rates.anthropic)
    const params = { trace_id: body.trace_id }
    const trace = (await stage.app.client.getTrace({ params })).body
    expect(trace.total_tokens).toBe(36)
    expect(Math.abs(trace.total_cost_usd - total)).toBeLessThan(1e-12)
    const told = body.results.reduce((sum, { metrics }) => sum + metrics.cost_usd, 0)
    expect(Math.abs(told - total)).toBeLessThan(1e-12)
  })

  test('asks at most sixteen models at once, and no more than a hundred', async () => {
    const { ollama } = stage.fakes
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const before = ollama.requests.length
    ollama.always(async () => {
      await gate
      return { type: 'reply' }
    })
    const models = Array.from({ length: 40 }, (_, index) => `ollama/m${index}`)
    const comparing = stage.app.client.compareModels({ body: { models, messages: [...hello] } })
    await ollama.untilAsked(before + 16)
    await send(stage.app.url, { path: '/health' })
    expect(ollama.requests.length).toBe(before + 16)
    open()
    const { body } = await comparing
    ollama.always({ type: 'reply' })
    expect(body.results.map(({ model }) => model)).toEqual(models)
    expect(ollama.requests.length).toBe(before + 40)

    const value = { messages: hello, models: Array(101).fill('ollama/m') }
    const refused = await sendJson(stage.app.url, { path: '/v1/playground/compare', value })
    expect(refused.status).toBe(422)
    expect(JSON.parse(refused.text)).toMatchObject({ detail: [{ type: 'too_long' }] })
    expect(ollama.requests.length).toBe(before + 40)
  })

  /** Asks and leaves as soon as `isEnough` resolves. */
  const askAndLeave = async (path: string, value: unknown, isEnough: () => Promise<unknown>) => {
    const body = JSON.stringify(value)
    const { hostname: host, port } = new URL(stage.app.url)
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    }
    const asked = httpRequest({ host, port, path, method: 'POST', agent: false, headers })
    asked.on('error', () => undefined)
    asked.end(body)
    await isEnough()
    asked.destroy()
  }

  test('stops the provider when the asker leaves a chat, and closes its spans', async () => {
    using live = await LiveClient.open(stage.app.url)
    const { openai } = stage.fakes
    const [asked, closed] = [openai.requests.length, openai.requests.filter(isClosed).length]
    openai.next({ type: 'hang' })
    const value = { model: stageModels.openai, messages: hello }
    await askAndLeave('/v1/playground/chat', value, () => openai.untilAsked(asked + 1))
    await openai.untilClosed(closed + 1)
    const frames = await live.until((all) => all.length >= 5)
    expect(storyOf(frames).slice(3)).toEqual([
      `llm_call ${stageModels.openai} error`,
      `agent_step Playground: ${stageModels.openai} error`,
    ])
    expect(attributesOf(frames[3])).toMatchObject({ 'llm.error_kind': 'cancelled' })
    expect(spanOf(frames[3])['end_time']).not.toBeNull()
  })

  test('stops every provider when the asker leaves a comparison', async () => {
    using live = await LiveClient.open(stage.app.url)
    const fakes = [stage.fakes.anthropic, stage.fakes.google, stage.fakes.ollama]
    const before = fakes.map(({ requests }) => [requests.length, requests.filter(isClosed).length])
    // One has spoken half, one not at all, one is done.
    stage.fakes.anthropic.next({ type: 'hang', afterChunks: 1 })
    stage.fakes.google.next({ type: 'hang' })
    const models = [stageModels.anthropic, stageModels.google, stageModels.ollama]
    const untilAsked = () =>
      Promise.all(fakes.map((fake, index) => fake.untilAsked((before[index]?.[0] ?? 0) + 1)))
    await askAndLeave('/v1/playground/compare', { models, messages: hello }, untilAsked)
    await Promise.all(
      fakes.slice(0, 2).map((fake, index) => fake.untilClosed((before[index]?.[1] ?? 0) + 1)),
    )
    const frames = await live.until((all) => all.length >= 9)
    expect(storyOf(frames).slice(5, 7)).toEqual([
      `llm_call ${stageModels.anthropic} error`,
      `llm_call ${stageModels.google} error`,
    ])
    expect(storyOf(frames).at(-1)).toMatch(/^agent_step Compare: .* error$/)
    expect(stage.app.deaths).toEqual([])
  })

  test('records for a key that may run models and nothing else', async () => {
    const headers = { 'x-api-key': await stage.app.createKey('completions:run') }
    const body = { model: stageModels.openai, messages: [...hello] }
    const reply = await stage.app.client.chat({ body, headers })
    const params = { trace_id: reply.body.trace_id }
    expect((await stage.app.client.getTrace({ params })).body.span_count).toBe(2)
    await expect(stage.app.client.getTrace({ params, headers })).rejects.toMatchObject({
      status: 403,
    })
  })
})

function isClosed({ closedByClientAt }: { readonly closedByClientAt: number | null }): boolean {
  return closedByClientAt !== null
}
