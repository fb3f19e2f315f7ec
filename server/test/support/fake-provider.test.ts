import OpenAI from 'openai'
import { expect, test } from 'vitest'
import { LineReader } from '../../src/platform/upstream/ndjson-lines.ts'
import { SseReader } from '../../src/platform/upstream/sse-events.ts'
import { changed, postTo, smallestRequest } from './fake-provider/requests.ts'
import {
  defaultText,
  type FakeProvider,
  type FakeProviderKind,
  startFakeProvider,
} from './fake-provider.ts'
import { eventsOf as readEvents } from './read-events.ts'

const kinds: readonly FakeProviderKind[] = ['openai', 'anthropic', 'google', 'ollama']

async function* bytesOf(response: Response): AsyncGenerator<Uint8Array> {
  for await (const chunk of response.body ?? []) yield chunk
}

async function eventsOf(response: Response): Promise<string[]> {
  const isLines = response.headers.get('content-type') === 'application/x-ndjson'
  const events = readEvents(isLines ? new LineReader() : new SseReader(), bytesOf(response))
  return (await Array.fromAsync(events)).flat().map(({ data }) => data)
}

/** What each API says of usage, wherever it says it. */
function usageIn(text: string): unknown {
  if (!text.startsWith('{')) return null
  const value = JSON.parse(text)
  const own = value.prompt_eval_count === undefined ? null : value
  return value.usage ?? value.usageMetadata ?? own
}

/** The text that a stream's events add up to. */
function spoken(kind: FakeProviderKind, events: readonly string[]): string {
  const pieces = events
    .filter((text) => text.startsWith('{'))
    .map((text) => {
      const value = JSON.parse(text)
      if (kind === 'openai') return value.choices[0]?.delta.content
      if (kind === 'anthropic') return value.delta?.text
      if (kind === 'google') return value.candidates[0].content.parts[0].text
      return value.message.content
    })
  return pieces.map((piece) => piece ?? '').join('')
}

test.each([
  [
    'openai',
    {
      prompt_tokens: 10,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens: 2,
      completion_tokens_details: { reasoning_tokens: 1 },
      total_tokens: 12,
    },
  ],
  ['anthropic', { input_tokens: 6, cache_read_input_tokens: 4, output_tokens: 2 }],
  [
    'google',
    {
      promptTokenCount: 10,
      cachedContentTokenCount: 4,
      candidatesTokenCount: 1,
      thoughtsTokenCount: 1,
      totalTokenCount: 12,
    },
  ],
  ['ollama', { prompt_eval_count: 10, eval_count: 2 }],
] as const)('%s counts the golden usage in its own words', async (kind, usage) => {
  await using provider = await startFakeProvider(kind)
  const whole = await (await postTo(provider, smallestRequest(kind))).text()
  expect(usageIn(whole)).toMatchObject(usage)
  expect(whole).toContain(defaultText)
  const events = await eventsOf(await postTo(provider, smallestRequest(kind, true)))
  expect(usageIn(events.findLast((text) => usageIn(text)) ?? '')).toMatchObject(usage)
  expect(spoken(kind, events)).toBe(defaultText)
})

test.each(kinds)('%s says tools, reasoning, model and finish reason as told', async (kind) => {
  await using provider = await startFakeProvider(kind)
  provider.always({
    type: 'reply',
    text: ['on', 'e'],
    reasoning: 'because',
    toolCalls: [{ id: 'call_1', name: 'look', arguments: { at: 'it' } }],
    finishReason: 'TIRED',
    model: 'another-model',
    usage: null,
  })
  const whole = await (await postTo(provider, smallestRequest(kind))).text()
  const events = await eventsOf(await postTo(provider, smallestRequest(kind, true)))
  expect(spoken(kind, events)).toContain('one')
  for (const said of [whole, events.join('\n')]) {
    for (const word of ['because', 'call_1', 'look', 'TIRED', 'another-model']) {
      expect(said).toContain(word)
    }
  }
  expect(usageIn(whole)).toBeNull()
})

test('OpenAI’s own client is content with it', async () => {
  await using provider = await startFakeProvider('openai')
  const client = new OpenAI({ apiKey: 'k', baseURL: provider.url, maxRetries: 0 })
  const messages = [{ role: 'user' as const, content: 'Hi' }]
  const model = 'gpt-4o'
  const whole = await client.chat.completions.create({ model, messages })
  expect(whole.choices[0]?.message.content).toBe(defaultText)

  const toolCalls = [
    { name: 'a', arguments: { x: 1 } },
    { name: 'b', arguments: {} },
  ]
  provider.next({ type: 'reply', toolCalls })
  const stream = client.chat.completions.stream({ model, messages })
  const [choice] = (await stream.finalChatCompletion()).choices
  expect(choice?.finish_reason).toBe('tool_calls')
  expect(choice?.message.tool_calls?.map((call) => 'function' in call && call.function)).toEqual([
    expect.objectContaining({ name: 'a', arguments: '{"x":1}' }),
    expect.objectContaining({ name: 'b', arguments: '{}' }),
  ])

  provider.next({ type: 'status', status: 429, message: 'Slow down' })
  await expect(client.chat.completions.create({ model, messages })).rejects.toThrow(
    OpenAI.RateLimitError,
  )
  provider.next({ type: 'error-inside', afterChunks: 2, message: 'Broke down' })
  await expect(
    client.chat.completions.stream({ model, messages }).finalChatCompletion(),
  ).rejects.toThrow('Broke down')
})

test('without checks the script answers everything', async () => {
  await using provider = await startFakeProvider('openai', { checksRequests: false })
  provider.always({ type: 'raw', status: 201, headers: { 'x-a': 'b' }, body: '{"data":[]}' })
  const response = await fetch(`${provider.url}/models`)
  expect([response.status, response.headers.get('x-a'), await response.text()]).toEqual([
    201,
    'b',
    '{"data":[]}',
  ])
})

test('behaviours are taken in order, then what is always done; each may depend on the request', async () => {
  await using provider = await startFakeProvider('ollama')
  provider
    .next({ type: 'reply', text: 'first' }, ({ body }) => ({
      type: 'reply',
      text: String(body['model']),
    }))
    .always({ type: 'status', status: 500, message: 'enough' })
  const say = async () => (await postTo(provider, smallestRequest('ollama'))).text()
  expect(await say()).toContain('"content":"first"')
  expect(await say()).toContain('"content":"llama3.2"')
  expect(await say()).toBe('{"error":"enough"}')
})

test.each(kinds)('%s can fail inside a 200, whole and streamed', async (kind) => {
  await using provider = await startFakeProvider(kind)
  provider.always({ type: 'error-inside', afterChunks: 1, message: 'Broke down' })
  const whole = await postTo(provider, smallestRequest(kind))
  expect(whole.status).toBe(200)
  expect(await whole.json()).toHaveProperty('error')
  const events = await eventsOf(await postTo(provider, smallestRequest(kind, true)))
  expect(events.length).toBe(2)
  expect(events[1]).toContain('Broke down')
})

test.each(kinds)('%s can drop and cut a stream', async (kind) => {
  await using provider = await startFakeProvider(kind)
  const asked = smallestRequest(kind, true)
  provider.next({ type: 'drop' }, { type: 'drop', afterChunks: 1 }, { type: 'cut', afterChunks: 1 })
  await expect(postTo(provider, asked)).rejects.toThrow('fetch failed')
  const dropped = await postTo(provider, asked)
  await expect(dropped.text()).rejects.toThrow('terminated')
  expect((await eventsOf(await postTo(provider, asked))).length).toBe(1)
  expect(provider.requests.map(({ closedByClientAt }) => closedByClientAt)).toEqual([
    null,
    null,
    null,
  ])
})

test('nonsense is 200 and no JSON', async () => {
  await using provider = await startFakeProvider('google')
  provider.always({ type: 'nonsense' })
  const response = await postTo(provider, smallestRequest('google'))
  expect(response.status).toBe(200)
  expect(await response.text()).toMatch(/^<html>/)
})

test('a client that leaves is seen, before the head and mid-stream', async () => {
  await using provider = await startFakeProvider('anthropic')
  const asked = smallestRequest('anthropic', true)
  const abort = new AbortController()
  provider.next({ type: 'hang' }, { type: 'hang', afterChunks: 3 })
  const silent = postTo(provider, asked, abort.signal)
  const halfway = await postTo(provider, asked, abort.signal)
  await provider.untilAsked(2)
  abort.abort(new Error('left'))
  await expect(silent).rejects.toThrow('left')
  await expect(halfway.text()).rejects.toThrow('left')
  await provider.untilClosed(2)
  for (const { arrivedAt, closedByClientAt } of provider.requests) {
    expect(closedByClientAt).toBeGreaterThanOrEqual(arrivedAt)
  }
})

test('a test may hold chunks back, slow them and cut their bytes anywhere', async () => {
  await using provider = await startFakeProvider('openai')
  const paused: number[] = []
  const text = 'Grüße 😀'
  provider.next({
    type: 'reply',
    text,
    delayMs: 1,
    splitBytes: 100,
    pause: async (index) => void paused.push(index),
  })
  const events = await eventsOf(await postTo(provider, smallestRequest('openai', true)))
  expect(spoken('openai', events)).toBe(text)
  expect(paused.length).toBeGreaterThan(5)
  expect(paused).toEqual(paused.map((_, index) => index))
})

test('Gemini without alt=sse streams one JSON array', async () => {
  await using provider = await startFakeProvider('google')
  const asked = smallestRequest('google')
  const path = asked.path.replace('generate', 'streamGenerate')
  const value = await (await postTo(provider, { ...asked, path })).json()
  expect(value).toHaveLength(2)
})

test('logprobs come when they are asked for', async () => {
  await using provider = await startFakeProvider('openai')
  const asked = changed(smallestRequest('openai', true), { logprobs: true })
  const events = await eventsOf(await postTo(provider, asked))
  expect(events.filter((text) => text.includes('"logprob":-0.25')).length).toBe(2)
})

test('the log shows what arrived', async () => {
  await using provider = await startFakeProvider('openai')
  const asked = smallestRequest('openai')
  await (await postTo(provider, asked)).text()
  expect(provider.requests).toEqual([
    {
      index: 0,
      method: 'POST',
      path: '/v1/chat/completions',
      headers: expect.objectContaining({ authorization: 'Bearer k' }),
      text: JSON.stringify(asked.body),
      body: asked.body,
      arrivedAt: expect.any(Number),
      refused: null,
      closedByClientAt: null,
    },
  ])
})

test('what a script throws is thrown when the provider is closed', async () => {
  const provider: FakeProvider = await startFakeProvider('openai')
  provider.always(() => {
    throw new Error('not what I expected')
  })
  await expect(postTo(provider, smallestRequest('openai'))).rejects.toThrow('fetch failed')
  await expect(provider[Symbol.asyncDispose]()).rejects.toThrow('not what I expected')
})
