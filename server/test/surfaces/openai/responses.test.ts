import { createOpenAI } from '@ai-sdk/openai'
import { Response as ResponseObject } from '@pharos/contract/openai/responses.ts'
import { generateText, stepCountIs, streamText, tool } from 'ai'
import OpenAI from 'openai'
import type {
  Response,
  ResponseFunctionToolCall,
  ResponseOutputItem,
  ResponseReasoningItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { send, sendJson } from '../../support/http-request.ts'
import { startModelStage, type ModelStage } from '../../support/model-stage.ts'

const models = {
  openai: 'openai/gpt-4o-mini',
  anthropic: 'anthropic/claude-haiku-4-5-20251001',
  google: 'google/gemini-2.5-flash',
  ollama: 'ollama/llama3.2',
} as const
const kinds = ['openai', 'anthropic', 'google', 'ollama'] as const

const weather = {
  type: 'function',
  name: 'weather',
  description: 'Tells the weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  strict: false,
} as const
const weatherCall = { name: 'weather', arguments: { city: 'Kiel' } }

describe.each(['sqlite', 'postgres'] as const)('Responses [%s]', (dialect) => {
  let stage: ModelStage
  let client: OpenAI
  beforeAll(async () => {
    stage = await startModelStage({ dialect })
    client = new OpenAI({ apiKey: 'unknown', baseURL: `${stage.app.url}/v1` })
  })
  afterEach(() => {
    for (const fake of Object.values(stage.fakes)) fake.always({ type: 'reply' })
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  const askedLast = (kind: (typeof kinds)[number]): unknown => {
    return stage.fakes[kind].requests.at(-1)?.body
  }

  describe.each(kinds)('of %s', (kind) => {
    const model = models[kind]

    test('are the same whole, streamed and read again', async () => {
      const whole = await client.responses.create({ model, input: 'Say hello' })
      const stream = client.responses.stream({ model, input: 'Say hello' })
      const streamed = await stream.finalResponse()
      const again = await client.responses.retrieve(whole.id)
      expect(whole).toMatchObject({
        model,
        status: 'completed',
        output_text: 'Hello there!',
        usage: { input_tokens: 10, output_tokens: 2, total_tokens: 12 },
      })
      expect(shape(streamed)).toEqual(shape(whole))
      expect({ ...again, completed_at: null }).toEqual({ ...whole, completed_at: null })
    })

    test('go on from an earlier one after its call was answered', async () => {
      stage.fakes[kind].next({ type: 'reply', toolCalls: [weatherCall] })
      const first = await client.responses.create({
        model,
        instructions: 'Be brief.',
        input: 'What is the weather in Kiel?',
        tools: [weather],
      })
      const [call] = first.output
      if (call?.type !== 'function_call') throw new Error('no call came')
      expect(JSON.parse(call.arguments)).toEqual({ city: 'Kiel' })
      const second = await client.responses.create({
        model,
        previous_response_id: first.id,
        input: [{ type: 'function_call_output', call_id: call.call_id, output: '18 degrees' }],
        tools: [weather],
      })
      expect(second).toMatchObject({
        output_text: 'Hello there!',
        previous_response_id: first.id,
        instructions: null,
      })
      const told = JSON.stringify(askedLast(kind))
      expect(told).toContain('What is the weather in Kiel?')
      expect(told).toContain('18 degrees')
      expect(told).not.toContain('Be brief.')
    })
  })

  test('go on at another provider, over as many turns as there were', async () => {
    stage.fakes.anthropic.next({ type: 'reply', reasoning: 'Hm.', text: 'I am Claude.' })
    const [model, reasoning] = [models.anthropic, { effort: 'medium' } as const]
    const first = await client.responses.create({ model, input: 'Who are you?', reasoning })
    expect(first.output.map(({ type }) => type)).toEqual(['reasoning', 'message'])
    const ids = { first: first.id, second: '' }
    for (const [input, other] of [
      ['And you?', models.openai],
      ['And you again?', models.google],
    ] as const) {
      const previous_response_id = ids.second || ids.first
      const next = await client.responses.create({ model: other, input, previous_response_id })
      ids.second = next.id
    }
    expect(askedLast('openai')).toMatchObject({
      messages: [
        { role: 'user', content: 'Who are you?' },
        { role: 'assistant', content: 'I am Claude.' },
        { role: 'user', content: 'And you?' },
      ],
    })
    expect(askedLast('google')).toMatchObject({
      contents: [
        { parts: [{ text: 'Who are you?' }] },
        { parts: [{ text: 'I am Claude.' }] },
        { parts: [{ text: 'And you?' }] },
        { parts: [{ text: 'Hello there!' }] },
        { parts: [{ text: 'And you again?' }] },
      ],
    })
  })

  test('bring signed thinking back to the provider that signed it', async () => {
    stage.fakes.anthropic.next({ type: 'reply', reasoning: 'Hm.', toolCalls: [weatherCall] })
    const model = models.anthropic
    const reasoning = { effort: 'medium' } as const
    const asked = { model, reasoning, tools: [weather] }
    const first = await client.responses.create({ ...asked, input: 'Weather?' })
    const said = first.output.filter(isThoughtOrCall)
    const call_id = said.find((item) => item.type === 'function_call')?.call_id ?? ''
    const result = { type: 'function_call_output', call_id, output: '18' } as const
    const content = [
      { type: 'thinking', thinking: 'Hm.', signature: expect.any(String) },
      { type: 'tool_use', id: call_id, name: 'weather', input: { city: 'Kiel' } },
    ]
    await client.responses.create({ ...asked, previous_response_id: first.id, input: [result] })
    expect(askedLast('anthropic')).toMatchObject({ messages: [{}, { content }, {}] })
    const spelt = [{ role: 'user', content: 'Weather?' } as const, ...said, result]
    await client.responses.create({ ...asked, input: spelt, store: false })
    expect(askedLast('anthropic')).toMatchObject({ messages: [{}, { content }, {}] })
    const named = said.map(({ id }) => ({ type: 'item_reference', id: id ?? '' }) as const)
    const input = [{ role: 'user', content: 'Weather?' } as const, ...named, result]
    await client.responses.create({ ...asked, input })
    expect(askedLast('anthropic')).toMatchObject({ messages: [{}, { content }, {}] })
  })

  test('that were not to be stored are not found again', async () => {
    const model = models.openai
    const given = await client.responses.create({ model, input: 'Hi', store: false })
    expect(given).toMatchObject({ status: 'completed', store: false })
    const { id } = given
    await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404 })
    const next = client.responses.create({ model, input: 'Hi', previous_response_id: id })
    await expect(next).rejects.toMatchObject({
      status: 400,
      code: 'previous_response_not_found',
      param: 'previous_response_id',
      type: 'invalid_request_error',
    })
  })

  test('are found by whoever asked for them only', async () => {
    const mine = new OpenAI({
      apiKey: await stage.app.createKey('completions:run'),
      baseURL: `${stage.app.url}/v1`,
    })
    const model = models.openai
    const { id } = await mine.responses.create({ model, input: 'Hi' })
    expect((await mine.responses.retrieve(id)).id).toBe(id)
    await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404 })
    const next = client.responses.create({ model, input: 'Hi', previous_response_id: id })
    await expect(next).rejects.toMatchObject({ code: 'previous_response_not_found' })
    const [item] = (await mine.responses.retrieve(id)).output
    const input = [{ type: 'item_reference', id: item?.id ?? '' } as const]
    await expect(client.responses.create({ model, input })).rejects.toMatchObject({
      status: 400,
      param: 'input[0].id',
    })
  })

  test('that failed can be read, and not gone on from', async () => {
    const model = models.openai
    stage.fakes.openai.next({ type: 'cut', afterChunks: 3 })
    const events: ResponseStreamEvent[] = []
    const stream = await client.responses.create({ model, input: 'Hi', stream: true })
    for await (const event of stream) events.push(event)
    const last = events.at(-1)
    if (last?.type !== 'response.failed') throw new Error(`${last?.type} came last`)
    expect(last.response.error).toMatchObject({ code: 'server_error' })
    const read = await client.responses.retrieve(last.response.id)
    expect(read).toMatchObject({ status: 'failed', output: last.response.output })
    const { id: previous_response_id } = read
    const next = client.responses.create({ model, input: 'Hi', previous_response_id })
    await expect(next).rejects.toMatchObject({ code: 'previous_response_not_found' })
  })

  test('can be gone on from as soon as their last event has come', async () => {
    const model = models.openai
    const stream = await client.responses.create({ model, input: 'Hi', stream: true })
    const next: Promise<Response>[] = []
    for await (const event of stream) {
      if (event.type !== 'response.completed') continue
      const { id: previous_response_id } = event.response
      next.push(client.responses.create({ model, input: 'And?', previous_response_id }))
    }
    expect(await Promise.all(next)).toMatchObject([{ status: 'completed' }])
  })

  test('that a provider refuses are refused with its own words', async () => {
    stage.fakes.openai.always({ type: 'status', status: 429, message: 'Slow down' })
    const refused = client.responses.create(
      { model: models.openai, input: 'Hi', stream: true },
      { maxRetries: 0 },
    )
    await expect(refused).rejects.toMatchObject({ status: 429, message: '429 Slow down' })
  })

  test('come as events by name, and end without a further mark', async () => {
    const value = { model: models.ollama, input: 'Hi', stream: true }
    const { text, headers } = await sendJson(stage.app.url, { path: '/v1/responses', value })
    expect(headers['content-type']).toMatch(/^text\/event-stream/u)
    const events = text.trimEnd().split('\n\n')
    for (const event of events) {
      const [, name, data] = /^event: (.+)\ndata: (.+)$/u.exec(event) ?? []
      expect(JSON.parse(data ?? '{}')).toMatchObject({ type: name })
    }
    expect(events.at(-1)).toMatch(/^event: response\.completed\n/u)
  })

  test.each([
    [{ tools: [{ type: 'web_search' }] }, 'tools[0]'],
    [{ background: true }, 'background'],
    [{ conversation: 'conv_1' }, 'conversation'],
    [{ prompt: { id: 'p' } }, 'prompt'],
    [{ truncation: 'auto' }, 'truncation'],
    [{ text: { verbosity: 'low' } }, 'text.verbosity'],
    [{ input: [{ type: 'web_search_call', id: 'w' }] }, 'input[0]'],
  ])('refuse %j and name %s', async (field, param) => {
    const value = { model: models.anthropic, input: 'Hi', ...field }
    const { status, text } = await sendJson(stage.app.url, { path: '/v1/responses', value })
    expect(status).toBe(400)
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'unsupported_parameter', param } })
  })

  test('fit the contract, with every field that was sent said again', async () => {
    const value = {
      model: models.openai,
      input: 'Hi',
      instructions: 'Be brief.',
      metadata: { team: 'a' },
      tools: [weather],
      tool_choice: 'auto',
      temperature: 0.5,
      max_output_tokens: 100,
      text: { format: { type: 'json_object' } },
      user: 'u1',
    }
    const { text } = await sendJson(stage.app.url, { path: '/v1/responses', value })
    const { input: _input, ...said } = value
    const response = ResponseObject.parse(JSON.parse(text))
    expect(response).toMatchObject(said)
    const again = await send(stage.app.url, { path: `/v1/responses/${response.id}` })
    expect(JSON.parse(again.text)).toMatchObject(said)
    expect(askedLast('openai')).toMatchObject({
      messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user' }],
      temperature: 0.5,
      response_format: { type: 'json_object' },
      user: 'u1',
    })
  })

  describe('through the AI SDK', () => {
    const tools = {
      weather: tool({
        description: 'Tells the weather',
        inputSchema: z.object({ city: z.string() }),
        execute: ({ city }) => Promise.resolve(`18 degrees in ${city}`),
      }),
    }
    const modelOf = (name: string) => {
      return createOpenAI({ apiKey: 'unknown', baseURL: `${stage.app.url}/v1` }).responses(name)
    }

    test.each(kinds)('run tools of %s step by step', async (kind) => {
      const reply = { type: 'reply', text: 'Let me see.', toolCalls: [weatherCall] } as const
      stage.fakes[kind].next(reply)
      const model = modelOf(models[kind])
      const stopWhen = stepCountIs(3)
      const { text, steps } = await generateText({ model, tools, stopWhen, prompt: 'Weather?' })
      expect(text).toBe('Hello there!')
      expect(steps).toHaveLength(2)
      expect(JSON.stringify(askedLast(kind))).toContain('18 degrees in Kiel')
      expect(JSON.stringify(askedLast(kind))).toContain('Let me see.')
    })

    test('stream thinking and text', async () => {
      stage.fakes.anthropic.next({ type: 'reply', reasoning: 'Hm.', text: ['Good', ' day'] })
      const result = streamText({ model: modelOf(models.anthropic), prompt: 'Hi' })
      expect(await result.text).toBe('Good day')
      expect((await result.finalStep).reasoningText).toBe('Hm.')
      expect(await result.finishReason).toBe('stop')
      expect(await result.usage).toMatchObject({ inputTokens: 10, outputTokens: 2 })
    })
  })
})

function isThoughtOrCall(
  item: ResponseOutputItem,
): item is ResponseReasoningItem | ResponseFunctionToolCall {
  return item.type === 'reasoning' || item.type === 'function_call'
}

/** Without what is different each time. */
function shape({ id: _id, created_at: _created, completed_at: _done, ...response }: Response) {
  const text = JSON.stringify(response, (key, value: unknown) => {
    if (key === 'id') return '<id>'
    return key === 'parsed' || key === 'output_parsed' ? undefined : value
  })
  const told: unknown = JSON.parse(text)
  return told
}
