import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryMessages } from '../../../test/support/arbitrary-messages.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { fromChatMessages, toChatMessages } from './chat-messages.ts'

function refusal(json: unknown): string {
  try {
    fromChatMessages(json)
  } catch (error) {
    expect(error).toBeInstanceOf(DomainError)
    expect(error).toHaveProperty('code', 'invalid')
    return (error as DomainError).message
  }
  return 'accepted'
}

const call = { type: 'tool-call', id: 'c1', name: 'weather', argumentsText: '{"city":"Oslo"}' }

describe('a stored prompt', () => {
  it('in the form of OpenAI is read', () => {
    const url = 'https://h/cat.png'
    expect(
      fromChatMessages([
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          name: 'ann',
          content: [
            { type: 'text', text: 'What is it?' },
            { type: 'image_url', image_url: { url, detail: 'low' } },
            { type: 'image_url', image_url: 'data:image/png;base64,AAAA' },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            {
              id: 'c1',
              type: 'function',
              function: { name: 'weather', arguments: '{"city":"Oslo"}' },
            },
          ],
        },
        { role: 'tool', tool_call_id: 'c1', content: [{ type: 'text', text: '3 °C' }] },
        { role: 'assistant', content: '' },
      ]),
    ).toEqual([
      { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is it?' },
          { type: 'image', image: { kind: 'url', url }, detail: 'low' },
          { type: 'image', image: { kind: 'bytes', mediaType: 'image/png', base64: 'AAAA' } },
        ],
      },
      { role: 'assistant', content: [call] },
      { role: 'tool', content: [{ type: 'tool-result', id: 'c1', text: '3 °C' }] },
      { role: 'assistant', content: [{ type: 'text', text: '' }] },
    ])
  })

  it('in the form of Anthropic is read, results apart', () => {
    const body = {
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
      messages: [
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm.', signature: 's' },
            { type: 'redacted_thinking', data: 'd' },
            { type: 'tool_use', id: 'c1', name: 'weather', input: { city: 'Oslo' } },
          ],
        },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 'c1',
              content: [
                { type: 'text', text: '3' },
                { type: 'text', text: '4' },
              ],
            },
            { type: 'tool_result', tool_use_id: 'c2', content: 'no', is_error: true },
            { type: 'text', text: 'Go on.' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
            { type: 'image', source: { type: 'url', url: 'https://h/x' } },
          ],
        },
      ],
    }
    expect(fromChatMessages(body)).toEqual([
      { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'Hm.', signature: 's' },
          { type: 'reasoning', text: '', signature: 'd', isRedacted: true },
          call,
        ],
      },
      {
        role: 'tool',
        content: [
          { type: 'tool-result', id: 'c1', text: '3\n4' },
          { type: 'tool-result', id: 'c2', text: 'no', isError: true },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Go on.' },
          { type: 'image', image: { kind: 'bytes', mediaType: 'image/png', base64: 'AAAA' } },
          { type: 'image', image: { kind: 'url', url: 'https://h/x' } },
        ],
      },
    ])
  })

  it('in the form of Gemini is read, calls and results joined by name', () => {
    const contents = [
      { parts: [{ text: 'Hi' }, { inline_data: { mime_type: 'image/png', data: 'AAAA' } }] },
      {
        role: 'model',
        parts: [
          { text: 'Hm.', thought: true, thoughtSignature: 't' },
          { functionCall: { name: 'weather', args: { city: 'Oslo' } }, thoughtSignature: 's' },
          { functionCall: { name: 'clock' } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { name: 'clock', response: { error: 'stopped' } } },
          { functionResponse: { name: 'weather', response: { c: 3 } } },
        ],
      },
    ]
    const systemInstruction = { parts: [{ text: 'Be brief.' }] }
    expect(fromChatMessages({ contents, systemInstruction })).toEqual([
      { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Hi' },
          { type: 'image', image: { kind: 'bytes', mediaType: 'image/png', base64: 'AAAA' } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'Hm.' },
          { type: 'text', text: '', signature: 't' },
          { ...call, id: 'call_0', signature: 's' },
          { type: 'tool-call', id: 'call_1', name: 'clock', argumentsText: '{}' },
        ],
      },
      {
        role: 'tool',
        content: [
          { type: 'tool-result', id: 'call_1', name: 'clock', text: 'stopped', isError: true },
          { type: 'tool-result', id: 'call_0', name: 'weather', text: '{"c":3}' },
        ],
      },
    ])
  })

  it('in the forms of the AI SDK and of OpenTelemetry is read', () => {
    const aiSdk = [
      { role: 'user', content: [{ type: 'image', image: 'AAAA', mediaType: 'image/png' }] },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'Hm.' },
          { type: 'tool-call', toolCallId: 'c1', toolName: 'weather', input: { city: 'Oslo' } },
        ],
      },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: 'c1',
            toolName: 'weather',
            output: { type: 'error-text', value: 'no' },
          },
        ],
      },
    ]
    const openTelemetry = [
      { role: 'user', parts: [{ type: 'text', content: 'Hi' }] },
      {
        role: 'assistant',
        parts: [{ type: 'tool_call', id: 'c1', name: 'weather', arguments: { city: 'Oslo' } }],
      },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: { c: 3 } }] },
    ]
    expect(fromChatMessages([...aiSdk, ...openTelemetry])).toEqual([
      {
        role: 'user',
        content: [
          { type: 'image', image: { kind: 'bytes', mediaType: 'image/png', base64: 'AAAA' } },
        ],
      },
      { role: 'assistant', content: [{ type: 'reasoning', text: 'Hm.' }, call] },
      {
        role: 'tool',
        content: [{ type: 'tool-result', id: 'c1', name: 'weather', text: 'no', isError: true }],
      },
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
      { role: 'assistant', content: [call] },
      { role: 'tool', content: [{ type: 'tool-result', id: 'c1', text: '{"c":3}' }] },
    ])
  })

  it('without ids joins each result to the first call that waits (Ollama, old OpenAI)', () => {
    const f = { function: { name: 'f', arguments: {} } }
    const messages = [
      { role: 'assistant', tool_calls: [f, f] },
      { role: 'tool', content: 'one' },
      { role: 'tool', tool_name: 'f', content: 'two' },
      { role: 'assistant', content: null, function_call: { name: 'g', arguments: '{}' } },
      { role: 'function', name: 'g', content: 'three' },
    ]
    expect(fromChatMessages(messages).flatMap(({ content }) => content)).toMatchObject([
      { id: 'call_0', name: 'f' },
      { id: 'call_1', name: 'f' },
      { id: 'call_0', text: 'one' },
      { id: 'call_1', text: 'two' },
      { id: 'call_2', name: 'g' },
      { id: 'call_2', text: 'three' },
    ])
    expect(refusal([...messages, { role: 'function', name: 'g', content: 'four' }])).toBe(
      'messages[5] answers no tool call',
    )
  })

  it('that is a plain text stands for one message only where that was asked for', () => {
    expect(fromChatMessages('Hi', { allowText: true })).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
    ])
    expect(refusal('Hi')).toBe('The prompt is not a list of messages')
  })

  it.each([
    [{ role: 'user' }, 'The prompt is not a list of messages'],
    [7, 'The prompt is not a list of messages'],
    [['Hi'], 'messages[0] is not a message object'],
    [[{ role: 'user', content: 'Hi' }, null], 'messages[1] is not a message object'],
    [[{ content: 'Hi' }], 'messages[0] has no known role: it has none'],
    [[{ role: 'critic', content: 'Hi' }], 'messages[0] has no known role: "critic"'],
    [[{ role: 'user', content: [5] }], 'messages[0].content[0] is not a content part'],
    [[{ role: 'user', content: [{ type: 'text' }] }], 'messages[0].content[0] has no text'],
    [
      [{ role: 'user', content: [{ type: 'input_audio' }] }],
      'messages[0].content[0] of type "input_audio" cannot be sent again',
    ],
    [[{ role: 'user', parts: [{}] }], 'messages[0].content[0] is of no known type'],
    [[{ role: 'tool', content: 'x' }], 'messages[0] answers no tool call'],
    [
      [{ role: 'system', content: [{ type: 'image_url', image_url: 'https://h' }] }],
      'messages[0] is a system message and may hold text only',
    ],
    [
      [{ role: 'tool', content: [{ type: 'image_url', image_url: 'https://h' }] }],
      "messages[0] is a tool's message and may hold results only",
    ],
    [
      [{ role: 'assistant', tool_calls: [{ id: 'x' }] }],
      'messages[0].tool_calls[0] is a tool call without a name',
    ],
    [[{ role: 'assistant', tool_calls: 'x' }], 'messages[0].tool_calls is not a list'],
  ])('that is none is refused, and where: %j', (json, message) => {
    expect(refusal(json)).toBe(message)
  })

  it('that nests too deep is refused', () => {
    const input: unknown = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`)
    const block = { type: 'tool_use', id: 'x', name: 'f', input }
    expect(refusal([{ role: 'assistant', content: [block] }])).toBe(
      'The prompt is nested too deeply',
    )
  })

  it('is read or refused with a sentence, whatever it is', () => {
    const roles = fc.constantFrom('system', 'user', 'assistant', 'model', 'tool', 'x')
    const type = fc.constantFrom(
      'text',
      'image_url',
      'tool_use',
      'tool_result',
      'thinking',
      'image',
    )
    const block = fc.oneof(
      fc.jsonValue(),
      fc.record({ type, text: fc.jsonValue(), id: fc.jsonValue(), name: fc.jsonValue() }),
    )
    const message = fc.record(
      {
        role: roles,
        content: fc.oneof(fc.jsonValue(), fc.array(block)),
        tool_calls: fc.jsonValue(),
      },
      { requiredKeys: ['role'] },
    )
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.array(message)), (json) => {
        expect(refusal(json)).not.toBe('')
      }),
    )
  })
})

describe('messages written for a trace', () => {
  it('have the form of OpenAI', () => {
    expect(
      toChatMessages([
        { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
        { role: 'user', content: [] },
        { role: 'assistant', content: [{ ...call, type: 'tool-call' }] },
        {
          role: 'tool',
          content: [
            { type: 'tool-result', id: 'c1', text: '3' },
            { type: 'tool-result', id: 'c2', name: 'g', text: 'no', isError: true },
          ],
        },
      ]),
    ).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: '' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          {
            id: 'c1',
            type: 'function',
            function: { name: 'weather', arguments: '{"city":"Oslo"}' },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: '3' },
      { role: 'tool', tool_call_id: 'c2', name: 'g', content: 'no', is_error: true },
    ])
  })

  it('are the same when they are read again', () => {
    fc.assert(
      fc.property(arbitraryMessages, (messages) => {
        const stored: unknown = JSON.parse(JSON.stringify(toChatMessages(messages)))
        expect(fromChatMessages(stored)).toEqual(messages)
      }),
      { numRuns: 500 },
    )
  })
})
