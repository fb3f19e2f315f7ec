import { describe, expect, it } from 'vitest'
import type { JsonMap, JsonValue } from '../../features/completion/index.ts'
import { readChat } from './read-chat.ts'
import { fieldOf } from './read-settings.ts'

const png = 'iVBORw0KGgoAAAANSUhEUg=='

function chat(messages: readonly JsonValue[], more: JsonMap = {}) {
  return readChat({ model: 'm', messages, ...more })
}

const said = (text: string) => [{ type: 'text', text }]

describe('messages', () => {
  it('are read by role, with pictures', () => {
    const { request, nativeOnly } = chat([
      { role: 'system', content: 'Be short' },
      { role: 'user', content: 'What is it?', images: [png] },
      { role: 'assistant', content: 'A dot', thinking: 'Hm' },
    ])
    expect(request.messages).toEqual([
      { role: 'system', content: said('Be short') },
      {
        role: 'user',
        content: [
          ...said('What is it?'),
          { type: 'image', image: { kind: 'bytes', mediaType: 'image/png', base64: png } },
        ],
      },
      { role: 'assistant', content: [{ type: 'reasoning', text: 'Hm' }, ...said('A dot')] },
    ])
    expect(nativeOnly).toEqual([])
  })

  it.each([
    ['SYSTEM', 'system'],
    ['developer', 'system'],
    ['control', 'user'],
    [null, 'user'],
  ])('of the role %s are those of %s', (role, expected) => {
    expect(chat([{ role, content: 'x' }]).request.messages[0]?.role).toBe(expected)
  })

  it('give calls without an id one, and results the call of their tool', () => {
    const call = (name: string, args: JsonMap) => ({ function: { name, arguments: args } })
    const { request, nativeOnly } = chat([
      { role: 'assistant', content: '', tool_calls: [call('a', { x: 1 }), call('b', {})] },
      { role: 'tool', tool_name: 'b', content: 'of b' },
      { role: 'tool', content: 'of a' },
    ])
    expect(request.messages).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'tool-call', id: 'call_0', name: 'a', argumentsText: '{"x":1}' },
          { type: 'tool-call', id: 'call_1', name: 'b', argumentsText: '{}' },
        ],
      },
      { role: 'tool', content: [{ type: 'tool-result', id: 'call_1', name: 'b', text: 'of b' }] },
      { role: 'tool', content: [{ type: 'tool-result', id: 'call_0', name: 'a', text: 'of a' }] },
    ])
    expect(nativeOnly).toEqual([])
  })

  it('keep the ids that calls and results have', () => {
    const called = { function: { index: 0, name: 'a', arguments: {} }, id: 'call_x' }
    const { request } = chat([
      { role: 'assistant', content: '', tool_calls: [called] },
      { role: 'tool', tool_call_id: 'call_x', content: 'done' },
    ])
    expect(request.messages.flatMap(({ content }) => content)).toMatchObject([
      { id: 'call_x', name: 'a' },
      { id: 'call_x', name: 'a', text: 'done' },
    ])
  })

  it('that only an Ollama understands are named', () => {
    const { nativeOnly } = chat([
      { role: 'tool', tool_name: 'a', content: 'of nothing' },
      { role: 'user', content: '', images: ['AAAA', png] },
      { role: 'system', content: '', images: [png] },
      { role: 'user', content: 'x', weight: 2 },
    ])
    expect(nativeOnly).toEqual([
      'messages[0]',
      'messages[1].images[0]',
      'messages[2].images',
      'messages[3].weight',
    ])
  })

  it.each([
    [{ role: 'user', content: [{ type: 'text' }] }, 'messages[0].content'],
    [{ role: 5, content: 'x' }, 'messages[0].role'],
    ['hello', 'messages[0]'],
    [{ role: 'user', content: '', images: [5] }, 'messages[0].images[0]'],
    [{ role: 'assistant', tool_calls: [{}] }, 'messages[0].tool_calls[0].function.name'],
  ])('that are none are refused by their place: %j', (message, param) => {
    expect(() => chat([message])).toThrow(
      expect.objectContaining({ code: 'invalid', details: { param } }),
    )
  })
})

describe('tools', () => {
  const weather = { name: 'weather', description: 'Tells it', parameters: { type: 'object' } }

  it('are functions', () => {
    const tools = [
      { type: 'function', function: weather },
      { type: 'function', function: { name: 'now' } },
    ]
    expect(chat([], { tools }).request.tools).toEqual([
      weather,
      { name: 'now', parameters: { type: 'object', properties: {} } },
    ])
  })

  it('of another kind are named', () => {
    const { request, nativeOnly } = chat([], { tools: [{ type: 'web_search' }] })
    expect(request.tools).toBeUndefined()
    expect(nativeOnly).toEqual(['tools[0]'])
  })

  it('without a name are refused', () => {
    expect(() => chat([], { tools: [{ type: 'function', function: {} }] })).toThrow(
      expect.objectContaining({ details: { param: 'tools[0].function.name' } }),
    )
  })
})

describe('the other fields', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } }

  it.each([
    ['json', { type: 'json' }],
    ['json_object', { type: 'json' }],
    [schema, { type: 'json-schema', name: 'response', schema }],
    ['', undefined],
    [null, undefined],
  ])('say the form of a reply: %j', (format, expected) => {
    expect(chat([], { format }).request.options.responseFormat).toEqual(expected)
  })

  it('name a form that is none', () => {
    expect(() => chat([], { format: 'yaml' })).toThrow(
      expect.objectContaining({ details: { param: 'format' } }),
    )
  })

  it.each([
    [true, 'medium'],
    [false, 'none'],
    ['low', 'low'],
    ['high', 'high'],
  ])('say how much to think: %s', (think, effort) => {
    expect(chat([], { think }).request.options.reasoning).toEqual({ effort })
  })

  it('leave a word for thinking that nobody knows to an Ollama', () => {
    const { request, nativeOnly } = chat([], { think: 'deeply' })
    expect(request.options).toEqual({})
    expect(nativeOnly).toEqual(['think'])
  })

  it('ask for the chances of tokens', () => {
    const asked = chat([], { logprobs: true, top_logprobs: 3 })
    expect(asked.request.options.logprobs).toEqual({ top: 3 })
    expect(chat([], { top_logprobs: 3 }).request.options).toEqual({})
    expect(() => chat([], { logprobs: true, top_logprobs: 21 })).toThrow(
      expect.objectContaining({ details: { param: 'top_logprobs' } }),
    )
  })

  it('without effect elsewhere are not named, all others are', () => {
    const harmless = { keep_alive: '5m', stream: false, truncate: true, shift: false, x: null }
    expect(chat([], harmless).nativeOnly).toEqual([])
    expect(chat([], { keep_alive: -1, options: { num_ctx: 9 } }).nativeOnly).toEqual([])
    expect(chat([], { dimensions: 5 }).nativeOnly).toEqual(['dimensions'])
  })
})

it('An option of the core is called by the client’s word', () => {
  expect(['reasoning', 'responseFormat', 'maxTokens', 'tools'].map(fieldOf)).toEqual([
    'think',
    'format',
    'options.num_predict',
    'tools',
  ])
})
