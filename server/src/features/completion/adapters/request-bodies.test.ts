import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CompletionOptions, CompletionRequest, Message } from '../request.ts'
import { arbitraryMessages } from '../../../../test/support/arbitrary-messages.ts'
import { adapterOf } from './index.ts'

const kinds = ['openai', 'openai-compatible', 'anthropic', 'google', 'ollama'] as const
type Kind = (typeof kinds)[number]

const say = (role: Message['role'], text: string): Message => ({
  role,
  content: [{ type: 'text', text }],
})

/** The message list that Beacon's playground sends. */
const plain: CompletionRequest = {
  model: 'gpt-4o-mini',
  messages: [
    say('system', 'Be brief.'),
    say('user', 'Hi'),
    say('assistant', 'Yes?'),
    say('user', 'Go'),
  ],
  options: { temperature: 0.7 },
}

function build(kind: Kind, request: CompletionRequest, mode: 'whole' | 'stream' = 'whole') {
  return adapterOf(kind).buildRequest(
    request,
    { baseUrl: 'http://127.0.0.1/v1', apiKey: 'k' },
    mode,
  )
}

const lookUp = { name: 'look_up', description: 'Looks.', parameters: { type: 'object' } }

describe('a plain request of Beacon', () => {
  const chat = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Yes?' },
    { role: 'user', content: 'Go' },
  ]

  it('to OpenAI has the body of the contract and nothing else (beacon §10.1)', () => {
    const body = {
      model: 'gpt-4o-mini',
      messages: [{ role: 'system', content: 'Be brief.' }, ...chat],
      temperature: 0.7,
    }
    expect(build('openai', plain)).toEqual({
      url: 'http://127.0.0.1/v1/chat/completions',
      headers: { authorization: 'Bearer k', 'content-type': 'application/json' },
      body,
      warnings: [],
    })
    const limited = { ...plain, tools: [lookUp], options: { temperature: 0.7, maxTokens: 5 } }
    expect(build('openai', limited).body).toEqual({
      ...body,
      max_tokens: 5,
      tools: [{ type: 'function', function: lookUp }],
    })
    expect(build('openai', plain, 'stream').body).toEqual({
      ...body,
      stream: true,
      stream_options: { include_usage: true },
    })
  })

  it('to Anthropic has the body of the contract and nothing else (beacon §10.2)', () => {
    const request = { ...plain, model: 'claude-sonnet-4-6' }
    const body = {
      model: 'claude-sonnet-4-6',
      messages: chat,
      temperature: 0.7,
      max_tokens: 4096,
      system: 'Be brief.',
    }
    expect(build('anthropic', request)).toEqual({
      url: 'http://127.0.0.1/v1/messages',
      headers: {
        'x-api-key': 'k',
        'anthropic-version': '2023-06-01',
        'content-type': 'application/json',
      },
      body,
      warnings: [],
    })
    expect(build('anthropic', request, 'stream').body).toEqual({ ...body, stream: true })
    const tools = { ...request, tools: [lookUp], options: { temperature: 1, maxTokens: 0 } }
    const { description, name, parameters } = lookUp
    expect(build('anthropic', tools).body).toEqual({
      ...body,
      temperature: 1,
      tools: [{ name, description, input_schema: parameters }],
    })
  })

  it('to Google has the body of the contract and nothing else (beacon §10.3)', () => {
    const request = {
      ...plain,
      model: 'gemini-2.5-flash',
      options: { temperature: 1, maxTokens: 5 },
    }
    const address = { baseUrl: 'http://127.0.0.1/', apiKey: 'k' }
    const body = {
      contents: [
        { role: 'user', parts: [{ text: 'Hi' }] },
        { role: 'model', parts: [{ text: 'Yes?' }] },
        { role: 'user', parts: [{ text: 'Go' }] },
      ],
      generationConfig: { temperature: 1, maxOutputTokens: 5 },
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
    }
    expect(adapterOf('google').buildRequest(request, address, 'whole')).toEqual({
      url: 'http://127.0.0.1/v1beta/models/gemini-2.5-flash:generateContent',
      headers: { 'x-goog-api-key': 'k', 'content-type': 'application/json' },
      body,
      warnings: [],
    })
    expect(adapterOf('google').buildRequest(request, address, 'stream')).toMatchObject({
      url: 'http://127.0.0.1/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
      body,
    })
  })

  it('to Ollama is its native chat, which always says whether it streams', () => {
    const request = { ...plain, model: 'llama3.2', options: { temperature: 1, maxTokens: 5 } }
    const body = {
      model: 'llama3.2',
      messages: [{ role: 'system', content: 'Be brief.' }, ...chat],
      stream: false,
      options: { temperature: 1, num_predict: 5 },
    }
    expect(build('ollama', request)).toMatchObject({ url: 'http://127.0.0.1/api/chat', body })
    expect(build('ollama', request, 'stream').body).toEqual({ ...body, stream: true })
  })

  it.each(['anthropic', 'google'] as const)('keeps every system message: %s', (kind) => {
    const messages = [say('system', 'One.'), say('user', 'Hi'), say('system', 'Two.')]
    const text = JSON.stringify(build(kind, { ...plain, messages }).body)
    expect(text).toContain('One.\\n\\nTwo.')
  })
})

describe('an address', () => {
  const urls = {
    openai: [
      ['http://h/v1', 'http://h/v1/chat/completions'],
      ['http://h/v1//', 'http://h/v1/chat/completions'],
      ['http://h/api/openai', 'http://h/api/openai/chat/completions'],
    ],
    'openai-compatible': [['http://h/v1/', 'http://h/v1/chat/completions']],
    anthropic: [
      ['http://h', 'http://h/v1/messages'],
      ['http://h/', 'http://h/v1/messages'],
      ['http://h/v1/', 'http://h/v1/messages'],
      ['http://h/anthropic', 'http://h/anthropic/v1/messages'],
    ],
    google: [
      ['http://h', 'http://h/v1beta/models/m%2F..%2F%3Fx:generateContent'],
      ['http://h/v1beta/', 'http://h/v1beta/models/m%2F..%2F%3Fx:generateContent'],
    ],
    ollama: [
      ['http://h', 'http://h/api/chat'],
      ['http://h/api/', 'http://h/api/chat'],
      ['http://h/v1', 'http://h/api/chat'],
    ],
  }

  it.each(kinds)('may be written in more than one way: %s', (kind) => {
    for (const [baseUrl = '', url] of urls[kind]) {
      const request = { ...plain, model: 'm/../?x' }
      expect(adapterOf(kind).buildRequest(request, { baseUrl, apiKey: null }, 'whole').url).toBe(
        url,
      )
    }
  })

  it.each(kinds)('without a key sends none: %s', (kind) => {
    const { headers } = adapterOf(kind).buildRequest(
      plain,
      { baseUrl: 'http://h', apiKey: null },
      'whole',
    )
    expect(headers).not.toHaveProperty('authorization')
    expect(headers).not.toHaveProperty('x-api-key')
    expect(headers).not.toHaveProperty('x-goog-api-key')
  })

  it('of Google stands even for a model name that is no text', () => {
    expect(build('google', { ...plain, model: '\ud800' }).url).toContain('%EF%BF%BD')
    expect(build('google', { ...plain, model: 'models/gemini-x' }).url).toContain(
      '/models/gemini-x:',
    )
  })
})

describe('options', () => {
  const all: CompletionOptions = {
    temperature: 0.5,
    topP: 0.9,
    topK: 40,
    maxTokens: 50,
    stop: ['END'],
    seed: 7,
    frequencyPenalty: 0.1,
    presencePenalty: 0.2,
  }

  it('reach OpenAI, all but top_k', () => {
    const { body, warnings } = build('openai', { ...plain, options: all })
    expect(body).toMatchObject({
      temperature: 0.5,
      top_p: 0.9,
      max_tokens: 50,
      stop: ['END'],
      seed: 7,
      frequency_penalty: 0.1,
      presence_penalty: 0.2,
    })
    expect(warnings.map(({ option }) => option)).toEqual(['topK'])
  })

  it('reach Anthropic, all but what it has not', () => {
    const old = build('anthropic', { ...plain, model: 'claude-3-haiku-20240307', options: all })
    expect(old.body).toMatchObject({
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      max_tokens: 50,
      stop_sequences: ['END'],
    })
    const refused = ['seed', 'frequencyPenalty', 'presencePenalty']
    expect(old.warnings.map(({ option }) => option)).toEqual(refused)
    const model = 'claude-sonnet-4-5-20250929'
    const newer = build('anthropic', { ...plain, model, options: all })
    expect(newer.body).not.toHaveProperty('top_p')
    expect(newer.warnings.map(({ option }) => option)).toEqual([...refused, 'topP'])
  })

  it('reach Google', () => {
    const model = 'gemini-2.0-flash'
    const { body, warnings } = build('google', { ...plain, model, options: all })
    expect(body['generationConfig']).toEqual({
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      maxOutputTokens: 50,
      stopSequences: ['END'],
      seed: 7,
      frequencyPenalty: 0.1,
      presencePenalty: 0.2,
    })
    expect(warnings).toEqual([])
    const newer = build('google', { ...plain, model: 'gemini-2.5-pro', options: all })
    expect(newer.warnings.map(({ option }) => option)).toEqual([
      'frequencyPenalty',
      'presencePenalty',
    ])
  })

  it('reach Ollama', () => {
    const { body, warnings } = build('ollama', { ...plain, options: all })
    expect(body['options']).toEqual({
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      num_predict: 50,
      stop: ['END'],
      seed: 7,
      frequency_penalty: 0.1,
      presence_penalty: 0.2,
    })
    expect(warnings).toEqual([])
  })

  it.each([
    'o1',
    'o3-mini',
    'o4-mini-2025-04-16',
    'gpt-5',
    'gpt-5-mini',
    'gpt-5.2',
    'ft:o4-mini:x',
  ])('of OpenAI models that reason are few: %s', (model) => {
    const { body, warnings } = build('openai', { ...plain, model, options: all })
    expect(body).toMatchObject({ model, max_completion_tokens: 50, seed: 7 })
    const refused = ['temperature', 'topP', 'frequencyPenalty', 'presencePenalty', 'topK']
    expect(warnings.map(({ option }) => option)).toEqual(expect.arrayContaining(refused))
    for (const key of ['temperature', 'top_p', 'max_tokens', 'frequency_penalty']) {
      expect(body).not.toHaveProperty(key)
    }
    expect(Object.hasOwn(body, 'stop')).toBe(model === 'o1')
  })

  it.each(['o3', 'gpt-5'])('of 1 are what an OpenAI model that reasons takes: %s', (model) => {
    const options = { temperature: 1, topP: 1, frequencyPenalty: 0 }
    const { body, warnings } = build('openai', { ...plain, model, options })
    expect(body).toMatchObject({ temperature: 1, top_p: 1, frequency_penalty: 0 })
    expect(warnings).toEqual([])
  })

  it.each(['gpt-5-chat-latest', 'gpt-4.1', 'llama-3'])('of other models are usual: %s', (model) => {
    const { body } = build('openai', { ...plain, model, options: all })
    expect(body).toMatchObject({ temperature: 0.5, max_tokens: 50 })
  })

  it.each(['claude-opus-4-7', 'claude-opus-4-8', 'claude-sonnet-5', 'claude-opus-5-20260101'])(
    'of sampling are refused by newer Claudes: %s',
    (model) => {
      const options = { temperature: 0.5, topK: 3 }
      const { body, warnings } = build('anthropic', { ...plain, model, options })
      expect(Object.keys(body)).toEqual(['model', 'messages', 'max_tokens', 'system'])
      expect(warnings.map(({ option }) => option)).toEqual(['temperature', 'topK'])
      // 1 is what the model does anyway: nothing is lost, nothing is said.
      expect(build('anthropic', { ...plain, model, options: { temperature: 1 } }).warnings).toEqual(
        [],
      )
    },
  )

  it("beyond Anthropic's range are brought into it", () => {
    const request = { ...plain, model: 'claude-sonnet-4-6', options: { temperature: 1.5 } }
    const { body, warnings } = build('anthropic', request)
    expect(body).toMatchObject({ temperature: 1 })
    expect(warnings.map(({ option }) => option)).toEqual(['temperature'])
  })

  it.each([
    ['openai', 4],
    ['google', 5],
  ] as const)('of stopping are cut to what is taken: %s', (kind, count) => {
    const stop = ['1', '2', '3', '4', '5', '6']
    const { body, warnings } = build(kind, { ...plain, options: { stop } })
    expect(JSON.stringify(body)).toContain(JSON.stringify(stop.slice(0, count)))
    expect(warnings.map(({ option }) => option)).toEqual(['stop'])
  })

  it.each(kinds)('that are empty are not sent: %s', (kind) => {
    const { body, warnings } = build(kind, { ...plain, tools: [], options: { stop: [] } })
    expect(JSON.stringify(body)).not.toMatch(/stop|tools|generationConfig|"options"/)
    expect(warnings).toEqual([])
  })
})

describe('any request', () => {
  it.each(kinds)('becomes JSON, and says what it leaves out: %s', (kind) => {
    fc.assert(
      fc.property(arbitraryMessages, fc.string(), (messages, model) => {
        const { body, warnings } = build(kind, { model, messages, options: {} })
        expect(JSON.parse(JSON.stringify(body))).toStrictEqual(body)
        expect(new Set(warnings.map(({ message }) => message)).size).toBe(warnings.length)
      }),
    )
  })
})
