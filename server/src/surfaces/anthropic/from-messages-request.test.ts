import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonMap, type JsonMap, type JsonValue } from '../../features/completion/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { fieldOf, fromConversation, fromMessagesRequest } from './from-messages-request.ts'

const hello = { role: 'user', content: 'Hello' }

function read(body: JsonMap) {
  return fromMessagesRequest({ model: 'm', max_tokens: 10, messages: [hello], ...body })
}

function optionsOf(body: JsonMap) {
  return read(body).request.options
}

function messagesOf(...messages: JsonValue[]) {
  return read({ messages }).request.messages
}

function nativeOnly(body: JsonMap) {
  return read(body).nativeOnly
}

/** The field that a refusal names. */
function refusedField(body: JsonMap): unknown {
  try {
    read(body)
  } catch (error) {
    if (error instanceof DomainError && error.code === 'invalid') return error.details
    throw error
  }
  return 'nothing'
}

describe('a conversation', () => {
  it('has the system as a message of its own in front', () => {
    const system = [
      { type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } },
      { type: 'text', text: 'Be kind.' },
    ]
    expect(read({ system }).request.messages).toEqual([
      {
        role: 'system',
        content: [
          { type: 'text', text: 'Be brief.' },
          { type: 'text', text: 'Be kind.' },
        ],
      },
      { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
    ])
    expect(read({ system: 'Be brief.' }).request.messages[0]).toEqual({
      role: 'system',
      content: [{ type: 'text', text: 'Be brief.' }],
    })
    expect(read({ system: '' }).request.messages).toHaveLength(1)
  })

  it('may be instructed anew in its middle', () => {
    expect(messagesOf(hello, { role: 'system', content: 'Now in verse.' })[1]).toEqual({
      role: 'system',
      content: [{ type: 'text', text: 'Now in verse.' }],
    })
  })

  it('holds images as bytes and by their address', () => {
    const content = [
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
      { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
    ]
    expect(messagesOf({ role: 'user', content })[0]?.content).toEqual([
      { type: 'image', image: { kind: 'bytes', mediaType: 'image/png', base64: 'aGk=' } },
      { type: 'image', image: { kind: 'url', url: 'https://example.com/a.png' } },
    ])
  })

  it('keeps thinking with its signature, hidden thinking, and calls in their order', () => {
    const content = [
      { type: 'thinking', thinking: 'Well', signature: 's1' },
      { type: 'redacted_thinking', data: 'hidden' },
      { type: 'text', text: 'Let me see.' },
      {
        type: 'tool_use',
        id: 'c1',
        name: 'look',
        input: { at: 'sky' },
        caller: { type: 'direct' },
      },
    ]
    const { request, nativeOnly: left } = read({ messages: [{ role: 'assistant', content }] })
    expect(request.messages).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'Well', signature: 's1' },
          { type: 'reasoning', text: '', signature: 'hidden', isRedacted: true },
          { type: 'text', text: 'Let me see.' },
          { type: 'tool-call', id: 'c1', name: 'look', argumentsText: '{"at":"sky"}' },
        ],
      },
    ])
    expect(left).toEqual([])
  })

  it('takes the empty signature of unsigned thinking for none', () => {
    const content = [{ type: 'thinking', thinking: 'Well', signature: '' }]
    expect(messagesOf({ role: 'assistant', content })[0]?.content).toEqual([
      { type: 'reasoning', text: 'Well' },
    ])
  })

  it('has results of tools in front of what the user says, and their images behind them', () => {
    const image = { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }
    const content = [
      {
        type: 'tool_result',
        tool_use_id: 'c1',
        is_error: true,
        content: [{ type: 'text', text: 'one' }, image, { type: 'text', text: 'two' }],
      },
      { type: 'tool_result', tool_use_id: 'c2' },
      { type: 'text', text: 'And now?' },
    ]
    expect(messagesOf({ role: 'user', content })).toEqual([
      {
        role: 'tool',
        content: [
          { type: 'tool-result', id: 'c1', text: 'one\ntwo', isError: true },
          { type: 'tool-result', id: 'c2', text: '' },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'image', image: { kind: 'url', url: 'https://example.com/a.png' } },
          { type: 'text', text: 'And now?' },
        ],
      },
    ])
  })
})

describe('options', () => {
  it('are called by the names of the core', () => {
    const body = {
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      stop_sequences: ['END'],
      metadata: { user_id: 'u1' },
      service_tier: 'auto',
      cache_control: { type: 'ephemeral' },
      stream: true,
    }
    expect(read(body)).toMatchObject({
      request: {
        options: {
          temperature: 0.5,
          topP: 0.9,
          topK: 40,
          maxTokens: 10,
          stop: ['END'],
          user: 'u1',
        },
      },
      nativeOnly: [],
    })
  })

  it.each([
    [{ type: 'enabled', budget_tokens: 2048 }, { budgetTokens: 2048 }],
    [{ type: 'disabled' }, { effort: 'none' }],
    [{ type: 'adaptive', display: 'summarized' }, undefined],
  ])('have thinking %j as %j', (thinking, reasoning) => {
    expect(optionsOf({ thinking }).reasoning).toEqual(reasoning)
  })

  it('have the effort with thinking and without', () => {
    const output_config = { effort: 'high' }
    expect(optionsOf({ output_config }).reasoning).toEqual({ effort: 'high' })
    const thinking = { type: 'adaptive' }
    expect(optionsOf({ output_config, thinking }).reasoning).toEqual({ effort: 'high' })
  })

  it.each(['output_config', 'output_format'])('have the schema of %s', (name) => {
    const schema = { type: 'object', properties: {} }
    const format = { type: 'json_schema', schema }
    const body = name === 'output_format' ? { [name]: format } : { [name]: { format } }
    expect(optionsOf(body).responseFormat).toEqual({
      type: 'json-schema',
      name: 'output',
      schema,
      isStrict: true,
    })
  })

  it.each([
    [{ type: 'auto' }, { toolChoice: 'auto' }],
    [{ type: 'any' }, { toolChoice: 'required' }],
    [{ type: 'none' }, { toolChoice: 'none' }],
    [{ type: 'tool', name: 'look' }, { toolChoice: { name: 'look' } }],
    [
      { type: 'auto', disable_parallel_tool_use: true },
      { toolChoice: 'auto', parallelToolCalls: false },
    ],
    [{ type: 'auto', disable_parallel_tool_use: false }, { toolChoice: 'auto' }],
  ])('have the choice of tools %j as %j', (tool_choice, expected) => {
    const { toolChoice, parallelToolCalls } = optionsOf({ tool_choice })
    expect({ toolChoice, parallelToolCalls }).toEqual({ parallelToolCalls: undefined, ...expected })
  })

  it('have the tools that the client runs itself', () => {
    const input_schema = { type: 'object', properties: { a: { type: 'string' } } }
    const tools = [
      { name: 'look', description: 'Looks', input_schema, cache_control: { type: 'ephemeral' } },
      { type: 'custom', name: 'go', input_schema, strict: true, eager_input_streaming: true },
    ]
    expect(read({ tools })).toMatchObject({
      request: {
        tools: [
          { name: 'look', description: 'Looks', parameters: input_schema },
          { name: 'go', parameters: input_schema, isStrict: true },
        ],
      },
      nativeOnly: [],
    })
  })
})

describe('what only Anthropic understands', () => {
  const input_schema = { type: 'object' }
  const inUser = (block: JsonMap): JsonMap => ({
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }, block] }],
  })

  it.each<[string, JsonMap]>([
    ['tools[0]', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
    ['tools[0].defer_loading', { tools: [{ name: 'a', input_schema, defer_loading: true }] }],
    [
      'tools[0].allowed_callers',
      { tools: [{ name: 'a', input_schema, allowed_callers: ['code_execution_20260120'] }] },
    ],
    [
      'tools[0].input_examples',
      { tools: [{ name: 'a', input_schema, input_examples: [{ b: 1 }] }] },
    ],
    ['messages[0].content[1]', inUser({ type: 'document', source: {} })],
    ['messages[0].content[1].source', inUser({ type: 'image', source: { type: 'file' } })],
    ['messages[0].content[1].citations', inUser({ type: 'text', text: 'a', citations: [{}] })],
    [
      'messages[0].content[1].content[0]',
      inUser({ type: 'tool_result', tool_use_id: 'c', content: [{ type: 'search_result' }] }),
    ],
    ['system[0]', { system: [{ type: 'image' }] }],
    ['mcp_servers', { mcp_servers: [{ name: 'a' }] }],
    ['container', { container: 'c1' }],
    [
      'context_management',
      { context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] } },
    ],
    ['service_tier', { service_tier: 'standard_only' }],
    ['speed', { speed: 'fast' }],
    ['thinking', { thinking: { type: 'between_tools' } }],
    ['output_config.task_budget', { output_config: { task_budget: { total: 9 } } }],
    ['metadata.purpose', { metadata: { purpose: 'test' } }],
    ['max_tokens', { max_tokens: 0 }],
    ['future_field', { future_field: 1 }],
  ])('is named by its place: %s', (place, body) => {
    expect(nativeOnly(body)).toEqual([place])
  })

  it('is not what has no value or changes nothing', () => {
    const body = {
      mcp_servers: [],
      container: null,
      speed: 'standard',
      context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
      thinking: null,
      tools: null,
      stop_sequences: null,
    }
    expect(nativeOnly(body)).toEqual([])
  })
})

describe('a refusal', () => {
  it.each<[string, JsonMap]>([
    ['max_tokens', { max_tokens: null }],
    ['max_tokens', { max_tokens: -1 }],
    ['messages', { messages: 'Hello' }],
    ['messages[0].role', { messages: [{ role: 'tool', content: 'a' }] }],
    ['messages[0].content', { messages: [{ role: 'user' }] }],
    ['messages[0].content[0].text', { messages: [{ role: 'user', content: [{ type: 'text' }] }] }],
    [
      'messages[0].content[0].source',
      { messages: [{ role: 'user', content: [{ type: 'image' }] }] },
    ],
    ['tools[0].input_schema', { tools: [{ name: 'a' }] }],
    ['tool_choice.type', { tool_choice: { type: 'some' } }],
    ['tool_choice.name', { tool_choice: { type: 'tool' } }],
    ['thinking.budget_tokens', { thinking: { type: 'enabled' } }],
    ['output_config.effort', { output_config: { effort: 'huge' } }],
    ['stop_sequences[1]', { stop_sequences: ['a', 1] }],
    ['temperature', { temperature: 'hot' }],
    ['system', { system: 5 }],
  ])('names %s', (param, body) => {
    expect(refusedField(body)).toEqual({ reason: 'invalid_parameter', param })
  })

  it('is all that becomes of strange bodies', () => {
    const keys = [
      'messages',
      'system',
      'tools',
      'tool_choice',
      'thinking',
      'output_config',
      'metadata',
      'context_management',
      'stop_sequences',
      'max_tokens',
    ]
    const body = fc.dictionary(fc.constantFrom(...keys), fc.jsonValue())
    fc.assert(
      fc.property(body, (strange) => {
        const field = refusedField(jsonMap(strange))
        expect(field === 'nothing' || typeof field === 'object').toBe(true)
      }),
    )
  })
})

describe('a body of which only the tokens are counted', () => {
  it('needs no limit', () => {
    expect(fromConversation({ model: 'm', messages: [hello] }).request.options).toEqual({})
  })
})

describe('the name of an option', () => {
  it('is the field by which the client gave it', () => {
    expect(fieldOf({})('maxTokens')).toBe('max_tokens')
    expect(fieldOf({})('seed')).toBe('seed')
    expect(fieldOf({ thinking: { type: 'adaptive' } })('reasoning')).toBe('thinking')
    expect(fieldOf({})('reasoning')).toBe('output_config.effort')
    expect(fieldOf({ output_format: {} })('responseFormat')).toBe('output_format')
    expect(fieldOf({})('responseFormat')).toBe('output_config.format')
  })
})
