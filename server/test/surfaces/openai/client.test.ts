/** What OpenAI's own client makes of our answers, whoever gave them. */
import OpenAI from 'openai'
import { zodResponseFormat } from 'openai/helpers/zod'
import { z } from 'zod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStage, type Stage } from './stage.ts'

const messages = [{ role: 'user', content: 'Hi' }] as const
const kinds = ['openai', 'anthropic', 'google', 'ollama'] as const
const models = {
  openai: 'openai/gpt-4o-mini',
  anthropic: 'anthropic/claude-haiku-4-5-20251001',
  google: 'google/gemini-2.5-flash',
  ollama: 'ollama/llama3.2',
} as const

describe("OpenAI's client", () => {
  let stage: Stage
  let client: OpenAI
  beforeAll(async () => {
    stage = await openStage('sqlite')
    client = new OpenAI({ apiKey: 'sk-any', baseURL: `${stage.app.url}/v1` })
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  describe.each(kinds)('with %s behind', (kind) => {
    const model = models[kind]
    const asked = { model, messages: [...messages] }

    test('hears the same whole and streamed', async () => {
      const whole = await client.chat.completions.create(asked)
      const stream = client.chat.completions.stream({
        ...asked,
        stream_options: { include_usage: true },
      })
      const seen: string[] = []
      stream.on('content', (delta) => seen.push(delta))
      const streamed = await stream.finalChatCompletion()
      expect(seen.length).toBeGreaterThan(1)
      expect(seen.join('')).toBe('Hello there!')
      expect(streamed.choices[0]).toMatchObject({
        finish_reason: whole.choices[0]?.finish_reason,
        message: { role: 'assistant', content: whole.choices[0]?.message.content },
      })
      expect(whole).toMatchObject({ model, usage: { prompt_tokens: 10, completion_tokens: 2 } })
      expect(streamed).toMatchObject({ model, usage: { prompt_tokens: 10, completion_tokens: 2 } })
    })

    test('runs its tools and hands their results back', async () => {
      const cities: unknown[] = []
      stage.fakes[kind].next({
        type: 'reply',
        toolCalls: [{ id: 'call_a', name: 'weather', arguments: { city: 'Kiel' } }],
      })
      const runner = client.chat.completions.runTools({
        ...asked,
        stream: true,
        tools: [
          {
            type: 'function',
            function: {
              name: 'weather',
              description: 'Tells the weather',
              parameters: { type: 'object', properties: { city: { type: 'string' } } },
              parse: JSON.parse,
              function: ({ city }: { city: string }) => {
                cities.push(city)
                return '18 degrees'
              },
            },
          },
        ],
      })
      expect(await runner.finalContent()).toBe('Hello there!')
      expect(cities).toEqual(['Kiel'])
      expect(stage.fakes[kind].requests.at(-1)?.text).toContain('18 degrees')
    })

    test('leaves, and the provider is left too', async () => {
      const provider = stage.fakes[kind]
      const leaving = new AbortController()
      provider.next({ type: 'hang', afterChunks: 4 })
      const before = provider.requests.filter((one) => one.closedByClientAt !== null).length
      const stream = await client.chat.completions.create(
        { ...asked, stream: true },
        { signal: leaving.signal },
      )
      for await (const chunk of stream) {
        if (chunk.choices[0]?.delta.content) leaving.abort()
      }
      await provider.untilClosed(before + 1)
      expect(provider.requests.at(-1)?.closedByClientAt).not.toBe(null)
    })
  })

  test('reads what fits a schema', async () => {
    const Answer = z.object({ city: z.string() })
    stage.fakes.openai.next({ type: 'reply', text: '{"city":"Kiel"}' })
    const { choices } = await client.chat.completions.parse({
      model: models.openai,
      messages: [...messages],
      response_format: zodResponseFormat(Answer, 'answer'),
    })
    expect(choices[0]?.message.parsed).toEqual({ city: 'Kiel' })
  })

  test('gathers the probabilities of tokens', async () => {
    const stream = client.chat.completions.stream({
      model: models.openai,
      messages: [...messages],
      logprobs: true,
    })
    const { choices } = await stream.finalChatCompletion()
    expect(choices[0]?.logprobs?.content?.map(({ token }) => token)).toEqual(['Hello', ' there!'])
  })

  test('meets the kinds of errors that it knows, each tried once', async () => {
    const { requests } = stage.fakes.anthropic
    const before = requests.length
    const unknown = client.chat.completions.create({ model: 'none', messages: [...messages] })
    await expect(unknown).rejects.toThrow(OpenAI.NotFoundError)
    const odd = client.chat.completions.create({
      model: models.anthropic,
      messages: [...messages],
      n: 2,
    })
    await expect(odd).rejects.toMatchObject({ param: 'n', code: 'unsupported_parameter' })
    await expect(odd).rejects.toThrow(OpenAI.BadRequestError)
    expect(requests.length).toBe(before)
    stage.fakes.anthropic.next({ type: 'status', status: 401, message: 'bad key' })
    const refused = client.chat.completions.create({
      model: models.anthropic,
      messages: [...messages],
    })
    await expect(refused).rejects.toThrow(OpenAI.AuthenticationError)
    await expect(refused).rejects.toMatchObject({ message: '401 bad key' })
    expect(requests.length).toBe(before + 1)
  })

  test('meets an error inside a stream as one', async () => {
    stage.fakes.anthropic.next({ type: 'error-inside', afterChunks: 4, message: 'Overloaded' })
    const stream = await client.chat.completions.create({
      model: models.anthropic,
      messages: [...messages],
      stream: true,
    })
    const heard: string[] = []
    const reading = (async () => {
      for await (const chunk of stream) heard.push(chunk.choices[0]?.delta.content ?? '')
    })()
    await expect(reading).rejects.toMatchObject({ code: 'server_error-stream_interrupted' })
    expect(heard.join('')).toBe('Hello')
  })

  test('lists models and finds one with slashes in its name', async () => {
    const ids: string[] = []
    for await (const { id } of client.models.list()) ids.push(id)
    expect(ids).toContain('lab/qwen/2.5:q4')
    expect(await client.models.retrieve('lab/qwen/2.5:q4')).toMatchObject({ owned_by: 'lab' })
  })

  test('goes on with a text', async () => {
    const text = await client.completions.create({ model: 'lab/tiny', prompt: 'Once' })
    expect(text.choices[0]?.text).toBe(' upon a time')
    const pieces: string[] = []
    const stream = await client.completions.create({
      model: models.anthropic,
      prompt: 'Once',
      max_tokens: 9,
      stream: true,
    })
    for await (const { choices } of stream) pieces.push(choices[0]?.text ?? '')
    expect(pieces.join('')).toBe('Hello there!')
  })
})
