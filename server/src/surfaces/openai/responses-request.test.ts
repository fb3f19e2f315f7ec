import { describe, expect, it } from 'vitest'
import type { JsonMap, Message } from '../../features/completion/index.ts'
import type { Past } from './responses-input.ts'
import { fromResponseRequest, responseFieldOf } from './responses-request.ts'

const nothing: Past = { conversation: [], items: new Map() }
const read = (body: JsonMap, past: Past = nothing) => {
  return fromResponseRequest({ model: 'm', input: 'Hi', ...body }, past)
}
const messagesOf = (input: JsonMap['input'], past?: Past) => {
  return read({ input: input ?? null }, past).request.messages
}
const faultOf = (body: JsonMap, past?: Past): unknown => {
  try {
    read(body, past)
  } catch (error) {
    return error
  }
  return null
}
const user: Message = { role: 'user', content: [{ type: 'text', text: 'Hi' }] }

describe('a request for a response', () => {
  it('is read with its instructions in front', () => {
    const { request, nativeOnly } = read({
      instructions: 'Be brief.',
      temperature: 0.5,
      top_p: 0.9,
      max_output_tokens: 50,
      parallel_tool_calls: false,
      safety_identifier: 'u1',
      reasoning: { effort: 'high', summary: 'auto' },
      include: ['message.output_text.logprobs', 'reasoning.encrypted_content'],
      top_logprobs: 3,
      store: false,
      metadata: { a: 'b' },
      truncation: 'disabled',
      service_tier: 'auto',
      background: false,
      conversation: null,
      stream_options: { include_obfuscation: false },
      text: { format: { type: 'text' }, verbosity: 'medium' },
    })
    expect(nativeOnly).toEqual([])
    expect(request).toEqual({
      model: 'm',
      messages: [{ role: 'system', content: [{ type: 'text', text: 'Be brief.' }] }, user],
      options: {
        temperature: 0.5,
        topP: 0.9,
        maxTokens: 50,
        parallelToolCalls: false,
        user: 'u1',
        reasoning: { effort: 'high' },
        logprobs: { top: 3 },
      },
    })
  })

  it('has functions as tools, narrowed by the allowed ones', () => {
    const tools = [
      { type: 'function', name: 'f', parameters: null, strict: true },
      { type: 'function', name: 'g', description: 'Goes', parameters: { type: 'object' } },
    ]
    const choice = {
      type: 'allowed_tools',
      mode: 'required',
      tools: [{ type: 'function', name: 'g' }],
    }
    expect(read({ tools, tool_choice: { type: 'function', name: 'f' } }).request).toMatchObject({
      tools: [
        { name: 'f', parameters: { type: 'object', properties: {} }, isStrict: true },
        { name: 'g', description: 'Goes', parameters: { type: 'object' } },
      ],
      options: { toolChoice: { name: 'f' } },
    })
    const narrowed = read({ tools, tool_choice: choice }).request
    expect(narrowed.tools?.map(({ name }) => name)).toEqual(['g'])
    expect(narrowed.options.toolChoice).toBe('required')
  })

  it('has a schema with its description', () => {
    const schema = { type: 'object' }
    const format = { type: 'json_schema', name: 'n', description: 'D', strict: true, schema }
    expect(read({ text: { format } }).request.options.responseFormat).toEqual({
      type: 'json-schema',
      name: 'n',
      schema: { type: 'object', description: 'D' },
      isStrict: true,
    })
  })

  it.each<[JsonMap, string]>([
    [{ tools: [{ type: 'function', name: 'f' }, { type: 'mcp' }] }, 'tools[1]'],
    [{ tools: [{ type: 'function', name: 'f', defer_loading: true }] }, 'tools[0].defer_loading'],
    [{ tool_choice: { type: 'mcp' } }, 'tool_choice'],
    [{ background: true }, 'background'],
    [{ conversation: 'c' }, 'conversation'],
    [{ prompt: { id: 'p' } }, 'prompt'],
    [{ max_tokens: 5 }, 'max_tokens'],
    [{ text: { verbosity: 'high' } }, 'text.verbosity'],
    [{ text: { format: { type: 'grammar' } } }, 'text.format'],
    [{ reasoning: { effort: 'utmost' } }, 'reasoning.effort'],
    [{ reasoning: { mode: 'pro' } }, 'reasoning.mode'],
    [{ service_tier: 'flex' }, 'service_tier'],
    [{ include: ['something.else'] }, 'include[0]'],
    [{ input: [{ type: 'computer_call', id: 'c' }] }, 'input[0]'],
    [
      { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }] },
      'input[0].content[0]',
    ],
    [
      { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }] },
      'input[0].content[0]',
    ],
  ])('names what only its own dialect has: %j', (body, place) => {
    expect(read(body).nativeOnly).toEqual([place])
  })

  it('calls options by the words of the client', () => {
    const options = ['maxTokens', 'messages', 'toolChoice', 'reasoning', 'temperature']
    expect(options.map(responseFieldOf)).toEqual([
      'max_output_tokens',
      'input',
      'tool_choice',
      'reasoning.effort',
      'temperature',
    ])
  })
})

describe('the input of a response', () => {
  it('may be text, or messages of every role', () => {
    expect(messagesOf('Hi')).toEqual([user])
    const image = { type: 'input_image', image_url: 'data:image/png;base64,AA==', detail: 'low' }
    const input = [
      { role: 'developer', content: 'Be brief.' },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Look' }, image] },
      { role: 'assistant', content: [{ type: 'output_text', text: 'I see.', annotations: [] }] },
    ]
    expect(messagesOf(input)).toEqual([
      { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image', image: { kind: 'url', url: image.image_url }, detail: 'low' },
        ],
      },
      { role: 'assistant', content: [{ type: 'text', text: 'I see.' }] },
    ])
  })

  it('joins thinking, text and calls of one turn, and keeps results apart', () => {
    const call = (id: string) => {
      return {
        type: 'function_call',
        call_id: id,
        name: 'f',
        arguments: '{}',
        parsed_arguments: {},
      }
    }
    const result = (id: string) => {
      return {
        type: 'function_call_output',
        call_id: id,
        output: [{ type: 'input_text', text: id }],
      }
    }
    const thought = { type: 'summary_text', text: 'Hm.' }
    const sealed = { type: 'reasoning', summary: [thought], encrypted_content: 'pharos-signed:s' }
    const input = [
      { role: 'user', content: 'Hi' },
      sealed,
      { role: 'assistant', content: 'Wait.' },
      call('a'),
      call('b'),
      result('a'),
      result('b'),
    ]
    expect(messagesOf(input)).toEqual([
      user,
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'Hm.', signature: 's' },
          { type: 'text', text: 'Wait.' },
          { type: 'tool-call', id: 'a', name: 'f', argumentsText: '{}' },
          { type: 'tool-call', id: 'b', name: 'f', argumentsText: '{}' },
        ],
      },
      { role: 'tool', content: [{ type: 'tool-result', id: 'a', text: 'a' }] },
      { role: 'tool', content: [{ type: 'tool-result', id: 'b', text: 'b' }] },
    ])
    expect(read({ input }).nativeOnly).toEqual([])
  })

  it('leaves two texts of the assistant two', () => {
    const texts = ['One', 'Two'].map((content) => ({ role: 'assistant', content }))
    expect(messagesOf(texts)).toHaveLength(2)
  })

  it('goes on from what was said before', () => {
    const call = { type: 'tool-call', id: 'a', name: 'f', argumentsText: '{}' } as const
    const said: Message = { role: 'assistant', content: [call] }
    const past = { conversation: [user, said], items: new Map() }
    const input = [{ type: 'function_call_output', call_id: 'a', output: '1' }]
    expect(messagesOf(input, past)).toEqual([
      user,
      said,
      { role: 'tool', content: [{ type: 'tool-result', id: 'a', text: '1' }] },
    ])
    expect(past.conversation).toEqual([user, { role: 'assistant', content: [call] }])
  })

  it('has stored items where it only names them', () => {
    const item = { type: 'message', role: 'assistant', content: 'Stored' }
    const past = { conversation: [], items: new Map([['msg_1', item]]) }
    const stored = { role: 'assistant', content: [{ type: 'text', text: 'Stored' }] }
    expect(messagesOf([{ type: 'item_reference', id: 'msg_1' }], past)).toEqual([stored])
    expect(messagesOf([{ id: 'msg_1' }], past)).toEqual([stored])
  })

  it.each<[string, JsonMap]>([
    ['input', { input: [] }],
    ['input', { input: 5 }],
    ['input[0].role', { input: [{ role: 'robot', content: 'x' }] }],
    ['input[0].content', { input: [{ role: 'user' }] }],
    ['input[0].content[0].text', { input: [{ role: 'user', content: [{ type: 'input_text' }] }] }],
    ['input[0].id', { input: [{ type: 'item_reference', id: 'msg_x' }] }],
    ['input[0].call_id', { input: [{ type: 'function_call_output', call_id: 'x', output: '' }] }],
    ['input[0].encrypted_content', { input: [{ type: 'reasoning', encrypted_content: 'gAAA' }] }],
    ['tools[0].name', { tools: [{ type: 'function' }] }],
    ['tool_choice', { tool_choice: 'some' }],
    ['text.format.schema', { text: { format: { type: 'json_schema', name: 'n' } } }],
  ])('is refused by the place of its fault, %s', (param, body) => {
    expect(faultOf(body)).toMatchObject({ code: 'invalid', details: { param } })
  })
})
