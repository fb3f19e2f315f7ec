import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonMap, JsonValue, ReadAsk } from '../../features/completion/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { chatFieldOf, fromChatRequest } from './from-chat-request.ts'

const hi = { role: 'user', content: 'Hi' }

function read(fields: JsonMap): ReadAsk {
  return fromChatRequest({ model: 'm', messages: [hi], ...fields })
}

function readMessages(...messages: JsonValue[]): ReadAsk {
  return read({ messages })
}

/** The place that a refusal names. */
function refused(fields: JsonMap): unknown {
  try {
    read(fields)
  } catch (error) {
    expect(error).toBeInstanceOf(DomainError)
    const { code, details } = error as DomainError
    expect(code).toBe('invalid')
    return (details as { param: string }).param
  }
  return 'accepted'
}

const text = (value: string) => ({ type: 'text', text: value })
const weather = { id: 'c1', type: 'function', function: { name: 'weather', arguments: '{}' } }

describe('A message of a chat', () => {
  it.each<[string, JsonValue, object]>([
    [
      'of a developer',
      { role: 'developer', content: 'Be' },
      { role: 'system', content: [text('Be')] },
    ],
    [
      'of a system in parts',
      { role: 'system', content: [text('a'), text('b')] },
      { role: 'system', content: [text('a'), text('b')] },
    ],
    [
      'with images',
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: 'https://h/a.png', detail: 'low' } },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
          { type: 'image_url', image_url: 'https://h/b.png' },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'image', image: { kind: 'url', url: 'https://h/a.png' }, detail: 'low' },
          { type: 'image', image: { kind: 'url', url: 'data:image/png;base64,AA==' } },
          { type: 'image', image: { kind: 'url', url: 'https://h/b.png' } },
        ],
      },
    ],
    [
      'that thinks, speaks and calls',
      { role: 'assistant', content: 'a', reasoning_content: 'r', tool_calls: [weather] },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'r' },
          text('a'),
          { type: 'tool-call', id: 'c1', name: 'weather', argumentsText: '{}' },
        ],
      },
    ],
    [
      'that calls with the signature of Google',
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ ...weather, extra_content: { google: { thought_signature: 's' } } }],
      },
      {
        role: 'assistant',
        content: [
          { type: 'tool-call', id: 'c1', name: 'weather', argumentsText: '{}', signature: 's' },
        ],
      },
    ],
    [
      'that refuses',
      { role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }] },
      { role: 'assistant', content: [text('no')] },
    ],
    [
      'that refuses beside its content',
      { role: 'assistant', content: null, refusal: 'no', annotations: [{ a: 1 }], audio: null },
      { role: 'assistant', content: [text('no')] },
    ],
    [
      'of a tool',
      { role: 'tool', tool_call_id: 'c1', name: 'weather', content: [text('3'), text('C')] },
      { role: 'tool', content: [{ type: 'tool-result', id: 'c1', name: 'weather', text: '3\nC' }] },
    ],
  ])('%s is read', (_what, message, expected) => {
    expect(readMessages(message)).toEqual({
      request: { model: 'm', messages: [expected], options: {} },
      nativeOnly: [],
    })
  })

  it('that answers a function is joined with the latest open call of its name', () => {
    const call = (value: string) => ({
      role: 'assistant',
      content: null,
      function_call: { name: 'f', arguments: value },
    })
    const answer = (content: string) => ({ role: 'function', name: 'f', content })
    const { request } = readMessages(call('1'), answer('a'), call('2'), answer('b'))
    expect(request.messages.flatMap(({ content }) => content)).toEqual([
      { type: 'tool-call', id: 'call_0', name: 'f', argumentsText: '1' },
      { type: 'tool-result', id: 'call_0', name: 'f', text: 'a' },
      { type: 'tool-call', id: 'call_1', name: 'f', argumentsText: '2' },
      { type: 'tool-result', id: 'call_1', name: 'f', text: 'b' },
    ])
  })

  it.each<[string, JsonValue[], string]>([
    ['is no object', ['Hi'], 'messages[0]'],
    ['has no role', [hi, { content: 'Hi' }], 'messages[1].role'],
    ['has a strange role', [{ role: 'robot', content: '' }], 'messages[0].role'],
    ['says nothing', [{ role: 'user' }], 'messages[0].content'],
    ['says a number', [{ role: 'user', content: 7 }], 'messages[0].content'],
    ['has a part that is text', [{ role: 'user', content: ['a'] }], 'messages[0].content[0]'],
    [
      'has a part without a type',
      [{ role: 'user', content: [{ text: 'a' }] }],
      'messages[0].content[0].type',
    ],
    [
      'has a text that is none',
      [{ role: 'user', content: [{ type: 'text', text: 1 }] }],
      'messages[0].content[0].text',
    ],
    [
      'has an image that is none',
      [hi, { role: 'user', content: [{ type: 'image_url' }] }],
      'messages[1].content[0].image_url',
    ],
    [
      'has an image without an address',
      [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }],
      'messages[0].content[0].image_url.url',
    ],
    ['answers no call', [{ role: 'tool', content: '' }], 'messages[0].tool_call_id'],
    ['answers no function', [{ role: 'function', name: 'f', content: '' }], 'messages[0].name'],
    [
      'calls without an id',
      [{ role: 'assistant', tool_calls: [{ ...weather, id: null }] }],
      'messages[0].tool_calls[0].id',
    ],
    [
      'calls nothing',
      [{ role: 'assistant', tool_calls: [{ id: 'c', type: 'function' }] }],
      'messages[0].tool_calls[0].function',
    ],
  ])('that %s is refused with its place', (_what, messages, place) => {
    expect(refused({ messages })).toBe(place)
  })

  it.each<[string, JsonValue, string]>([
    ['a name', { role: 'user', content: 'a', name: 'ann' }, 'messages[0].name'],
    ['sound', { role: 'assistant', content: 'a', audio: { id: 'x' } }, 'messages[0].audio'],
    [
      'sound among its parts',
      { role: 'user', content: [text('a'), { type: 'input_audio', input_audio: {} }] },
      'messages[0].content[1]',
    ],
    [
      'an image of a tool',
      { role: 'tool', tool_call_id: 'c', content: [{ type: 'image_url', image_url: 'x' }] },
      'messages[0].content[0]',
    ],
    [
      'a mark on a part',
      { role: 'user', content: [{ ...text('a'), cache_control: { type: 'ephemeral' } }] },
      'messages[0].content[0].cache_control',
    ],
    [
      'a call of another kind',
      { role: 'assistant', tool_calls: [{ id: 'c', type: 'custom', custom: {} }] },
      'messages[0].tool_calls[0]',
    ],
  ])('with %s is for servers of the dialect', (_what, message, place) => {
    expect(readMessages(message).nativeOnly).toEqual([place])
  })
})

describe('The options of a chat', () => {
  it.each<[JsonMap, object]>([
    [
      { temperature: 0.5, top_p: 0.9, top_k: 5 },
      { temperature: 0.5, topP: 0.9, topK: 5 },
    ],
    [{ max_tokens: 5 }, { maxTokens: 5 }],
    [{ max_tokens: 5, max_completion_tokens: 6 }, { maxTokens: 6 }],
    [{ stop: 'a' }, { stop: ['a'] }],
    [{ stop: ['a', 'b'] }, { stop: ['a', 'b'] }],
    [
      { seed: 7, user: 'u' },
      { seed: 7, user: 'u' },
    ],
    [{ safety_identifier: 'u' }, { user: 'u' }],
    [
      { frequency_penalty: 1, presence_penalty: -1 },
      { frequencyPenalty: 1, presencePenalty: -1 },
    ],
    [{ reasoning_effort: 'high' }, { reasoning: { effort: 'high' } }],
    [{ logprobs: true }, { logprobs: { top: 0 } }],
    [{ logprobs: true, top_logprobs: 3 }, { logprobs: { top: 3 } }],
    [{ parallel_tool_calls: false }, { parallelToolCalls: false }],
    [{ tool_choice: 'required' }, { toolChoice: 'required' }],
    [{ tool_choice: { type: 'function', function: { name: 'f' } } }, { toolChoice: { name: 'f' } }],
    [{ response_format: { type: 'text' } }, {}],
    [{ response_format: { type: 'json_object' } }, { responseFormat: { type: 'json' } }],
    [
      {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'n', schema: { type: 'object' }, strict: true, description: 'd' },
        },
      },
      {
        responseFormat: {
          type: 'json-schema',
          name: 'n',
          schema: { type: 'object', description: 'd' },
          isStrict: true,
        },
      },
    ],
  ])('%j are read', (fields, options) => {
    expect(read(fields)).toEqual({
      request: {
        model: 'm',
        messages: [{ role: 'user', content: [text('Hi')] }],
        options,
      },
      nativeOnly: [],
    })
  })

  it.each<[string, JsonMap]>([
    ['model', { model: 7 }],
    ['messages', { messages: {} }],
    ['messages', { messages: [] }],
    ['temperature', { temperature: 'hot' }],
    ['max_tokens', { max_tokens: 1.5 }],
    ['stop[1]', { stop: ['a', 1] }],
    ['stop', { stop: 7 }],
    ['temperature', { temperature: Infinity }],
    ['logprobs', { logprobs: 1 }],
    ['tool_choice', { tool_choice: 'perhaps' }],
    ['tools[0]', { tools: ['f'] }],
    ['tools[0].function.name', { tools: [{ type: 'function', function: {} }] }],
    ['response_format.type', { response_format: {} }],
    ['response_format.json_schema', { response_format: { type: 'json_schema' } }],
    ['function_call', { functions: [], function_call: 'perhaps' }],
  ])('are refused for %s', (place, fields) => {
    expect(refused(fields)).toBe(place)
  })

  it.each<[string, JsonMap]>([
    ['n', { n: 2 }],
    ['logit_bias', { logit_bias: { '50256': -100 } }],
    ['audio', { audio: { voice: 'alloy' } }],
    ['modalities', { modalities: ['text', 'audio'] }],
    ['prediction', { prediction: { type: 'content', content: 'a' } }],
    ['web_search_options', { web_search_options: { search_context_size: 'low' } }],
    ['web_search_options', { web_search_options: {} }],
    ['service_tier', { service_tier: 'flex' }],
    ['store', { store: true }],
    ['metadata', { metadata: { a: 'b' } }],
    ['verbosity', { verbosity: 'low' }],
    ['reasoning_effort', { reasoning_effort: 'unheard-of' }],
    ['response_format', { response_format: { type: 'grammar', grammar: 'x' } }],
    ['tool_choice', { tool_choice: { type: 'allowed_tools' } }],
    ['tools[1]', { tools: [tool('f'), { type: 'custom', custom: { name: 'g' } }] }],
    ['tools[0].cache_control', { tools: [{ ...tool('f'), cache_control: { type: 'x' } }] }],
    ['top_logprobs', { top_logprobs: 2 }],
    ['min_p', { min_p: 0.1 }],
  ])('that only the dialect has are named: %s', (name, fields) => {
    expect(read(fields).nativeOnly).toEqual([name])
  })

  it('that change nothing are not named', () => {
    const fields = {
      n: 1,
      logprobs: false,
      top_logprobs: 0,
      stream: true,
      stream_options: { include_usage: true },
      store: false,
      metadata: {},
      logit_bias: {},
      service_tier: 'auto',
      modalities: ['text'],
      temperature: null,
      tools: [],
      tool_choice: null,
      response_format: null,
      prompt_cache_key: 'k',
      prompt_cache_retention: '24h',
    }
    expect(read(fields)).toEqual(read({}))
  })

  it('are called by the words of the request', () => {
    const plain = chatFieldOf({})
    expect(['maxTokens', 'topK', 'reasoning', 'messages', 'tools'].map(plain)).toEqual([
      'max_tokens',
      'top_k',
      'reasoning_effort',
      'messages',
      'tools',
    ])
    expect(chatFieldOf({ max_completion_tokens: 1 })('maxTokens')).toBe('max_completion_tokens')
    expect(['toolChoice', 'parallelToolCalls'].map(chatFieldOf({ functions: [{}] }))).toEqual([
      'function_call',
      'functions',
    ])
  })

  it('never make it throw anything but a refusal with a place', () => {
    const names = ['messages', 'tools', 'stop', 'response_format', 'tool_choice', 'functions', 'n']
    const member = fc.tuple(fc.constantFrom(...names), fc.jsonValue())
    fc.assert(
      fc.property(fc.array(member), (members) => {
        const place = refused(Object.fromEntries(members) as JsonMap)
        expect(typeof place).toBe('string')
      }),
    )
  })
})

function tool(name: string): JsonMap {
  return { type: 'function', function: { name } }
}

describe('The tools of a chat', () => {
  const schema = { type: 'object', properties: { city: { type: 'string' } } }

  it('are read', () => {
    const described = { name: 'f', description: 'd', parameters: schema, strict: true }
    const { request } = read({ tools: [{ type: 'function', function: described }, tool('g')] })
    expect(request.tools).toEqual([
      { name: 'f', description: 'd', parameters: schema, isStrict: true },
      { name: 'g', parameters: { type: 'object', properties: {} } },
    ])
  })

  it('are read by their older name, one call at a time', () => {
    const fields = { functions: [{ name: 'f', parameters: schema }], function_call: { name: 'f' } }
    const { request, nativeOnly } = read(fields)
    expect(request.tools).toEqual([{ name: 'f', parameters: schema }])
    expect(request.options).toEqual({ parallelToolCalls: false, toolChoice: { name: 'f' } })
    expect(nativeOnly).toEqual([])
  })
})
