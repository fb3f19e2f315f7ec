import { Ollama, type ChatResponse, type Tool } from 'ollama'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { getSpan } from '../../../src/features/traces/index.ts'
import { callerWith } from '../../support/caller.ts'
import type { ModelStage } from '../../support/model-stage.ts'
import { openStage } from './stage.ts'

const messages = [{ role: 'user', content: 'Hi' }]
const weather: Tool = {
  type: 'function',
  function: {
    name: 'weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
  },
}

const models = {
  openai: 'openai/gpt-4o-mini',
  anthropic: 'anthropic/claude-haiku-4-5',
  google: 'google/gemini-2.5-flash',
  ollama: 'ollama/llama3.2',
} as const

let stage: ModelStage
let client: Ollama
beforeAll(async () => {
  stage = await openStage('sqlite')
  client = new Ollama({ host: stage.app.url })
})
afterAll(() => stage[Symbol.asyncDispose]())

async function collect(lines: AsyncIterable<ChatResponse>): Promise<ChatResponse[]> {
  const all: ChatResponse[] = []
  for await (const line of lines) all.push(line)
  return all
}

describe.each(['openai', 'anthropic', 'google', 'ollama'] as const)(
  'The ollama client and a model of %s',
  (kind) => {
    const model = models[kind]

    it('get a whole reply', async () => {
      const reply = await client.chat({ model, messages })
      expect(reply).toMatchObject({
        model,
        message: { role: 'assistant', content: 'Hello there!' },
        done: true,
        done_reason: 'stop',
        prompt_eval_count: 10,
        eval_count: 2,
      })
      expect(reply.total_duration).toBeGreaterThan(0)
    })

    it('get a stream', async () => {
      stage.fakes[kind].next({ type: 'reply', text: ['One, ', 'two'] })
      const lines = await collect(await client.chat({ model, messages, stream: true }))
      expect(lines.map(({ message }) => message.content).join('')).toBe('One, two')
      expect(lines.at(-1)).toMatchObject({ model, done: true, eval_count: 2 })
    })

    it.each([true, false])('call a tool and tell its result, streamed: %s', async (stream) => {
      const called = { name: 'weather', arguments: { city: 'Oslo' } }
      stage.fakes[kind].next({ type: 'reply', toolCalls: [called] })
      const asked = { model, messages, tools: [weather] }
      const lines = stream
        ? await collect(await client.chat({ ...asked, stream: true }))
        : [await client.chat(asked)]
      const calls = lines.flatMap(({ message }) => message.tool_calls ?? [])
      expect(calls.map((call) => call.function)).toMatchObject([called])
      const assistant = { role: 'assistant', content: '', tool_calls: calls }
      const result = { role: 'tool', tool_name: 'weather', content: 'Rain' }
      const reply = await client.chat({ ...asked, messages: [...messages, assistant, result] })
      expect(reply.message.content).toBe('Hello there!')
    })

    it('ask for a form', async () => {
      stage.fakes[kind].next({ type: 'reply', text: '{"a":1}' })
      const format = {
        type: 'object',
        properties: { a: { type: 'integer' } },
        required: ['a'],
        additionalProperties: false,
      }
      const reply = await client.chat({ model, messages, format })
      expect(JSON.parse(reply.message.content)).toEqual({ a: 1 })
    })

    it('are told of an error, before and within a stream', async () => {
      const provider = stage.fakes[kind]
      provider.next({ type: 'status', status: 403, message: 'Not for you' })
      await expect(client.chat({ model, messages })).rejects.toMatchObject({
        status_code: 403,
        error: expect.stringContaining('Not for you'),
      })
      // An Ollama sends the fewest chunks: one for each piece of text, and the end.
      const afterChunks = kind === 'ollama' ? 1 : 3
      provider.next({ type: 'error-inside', afterChunks, message: 'It broke' })
      const lines = client.chat({ model, messages, stream: true }).then(collect)
      await expect(lines).rejects.toThrow(/It broke/)
    })

    it('stop the model when the client leaves', async () => {
      const provider = stage.fakes[kind]
      const held = Promise.withResolvers<void>()
      const closed = provider.requests.filter(({ closedByClientAt }) => closedByClientAt !== null)
      provider.next({
        type: 'reply',
        text: 'abcdefgh'.split(''),
        pause: (index) => (index > 5 ? held.promise : undefined),
      })
      const own = new Ollama({ host: stage.app.url })
      const lines = await own.chat({ model, messages, stream: true })
      const said: string[] = []
      const reading = (async () => {
        for await (const line of lines) {
          said.push(line.message.content)
          own.abort()
        }
      })()
      await expect(reading).rejects.toThrow(/abort/i)
      await provider.untilClosed(closed.length + 1)
      held.resolve()
      expect(said.join('')).toMatch(/^a/)
    })
  },
)

describe('The ollama client', () => {
  it('asks with a prompt, whole and streamed', async () => {
    const model = models.openai
    const whole = await client.generate({ model, prompt: 'Hi' })
    expect(whole).toMatchObject({ model, response: 'Hello there!', done: true, eval_count: 2 })
    let text = ''
    for await (const line of await client.generate({ model, prompt: 'Hi', stream: true })) {
      text += line.response ?? ''
    }
    expect(text).toBe('Hello there!')
  })

  it('is told by name what a provider cannot be told', async () => {
    const asked = { model: models.anthropic, messages, options: { mirostat: 1 } }
    await expect(client.chat(asked)).rejects.toMatchObject({
      status_code: 400,
      error: expect.stringContaining('options.mirostat'),
    })
  })

  it('lists, shows and watches models, and reads the version', async () => {
    const { models: listed } = await client.list()
    expect(listed.map(({ name }) => name)).toEqual([
      'house-model',
      'openai/gpt-4o-mini',
      'ollama/llama3.2:latest',
      'ollama/smollm:135m',
    ])
    expect((await client.show({ model: 'house-model' })).capabilities).toContain('completion')
    expect((await client.ps()).models[0]?.name).toBe('ollama/llama3.2:latest')
    expect((await client.version()).version).toMatch(/^\d+\.\d+\.\d+$/)
    await expect(client.show({ model: 'nobody-has-it' })).rejects.toMatchObject({
      status_code: 404,
    })
  })

  it('gets chances of tokens', async () => {
    const logprobs = {
      content: [{ token: 'Hi', logprob: -0.25, bytes: [72, 105], top_logprobs: [] }],
    }
    stage.fakes.openai.next({
      type: 'raw',
      body: JSON.stringify({
        id: 'c',
        model: 'gpt-4o-mini',
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: 'Hi' },
            logprobs,
            finish_reason: 'stop',
          },
        ],
      }),
    })
    const asked = { model: models.openai, messages, logprobs: true, top_logprobs: 0 }
    const reply = await client.chat(asked)
    expect(reply.logprobs).toMatchObject([{ token: 'Hi', logprob: -0.25 }])
    expect(stage.fakes.openai.requests.at(-1)?.body).toMatchObject({ logprobs: true })
  })

  it('finds its call on record once the reply has ended', async () => {
    const replied = Promise.withResolvers<Headers>()
    const own = new Ollama({
      host: stage.app.url,
      fetch: async (...request: Parameters<typeof fetch>) => {
        const response = await fetch(...request)
        replied.resolve(response.headers)
        return response
      },
    })
    await collect(await own.chat({ model: models.ollama, messages, stream: true }))
    const headers = await replied.promise
    const ctx = { ...stage.app.app.context, caller: callerWith('traces:read') }
    const span = await getSpan(ctx, headers.get('x-pharos-span-id') ?? '')
    expect(span).toMatchObject({ name: `chat ${models.ollama}`, status: 'ok' })
  })
})
