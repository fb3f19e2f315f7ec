import { expect, test } from 'vitest'
import { spokenText, toMessages } from './messages.ts'

const asked = { role: 'user', content: 'How warm is it?' }
const called = {
  role: 'assistant',
  content: 'Let me look.',
  tool_calls: [
    { id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
  ],
}
const answered = { role: 'tool', tool_call_id: 'c1', content: '{"celsius":7}' }
const conversation = [asked, called, answered]

test.each([
  { form: "OpenAI's chat", value: conversation },
  {
    form: "OpenAI's responses",
    value: [
      { role: 'user', content: [{ type: 'input_text', text: 'How warm is it?' }] },
      {
        role: 'assistant',
        content: [
          { type: 'output_text', text: 'Let me look.' },
          { type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{"city":"Oslo"}' },
        ],
      },
      { type: 'function_call_output', call_id: 'c1', output: '{"celsius":7}' },
    ],
  },
  {
    form: "OpenTelemetry's parts",
    value: [
      { role: 'user', parts: [{ type: 'text', content: 'How warm is it?' }] },
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', content: 'Hm.' },
          { type: 'text', content: 'Let me look.' },
          { type: 'tool_call', id: 'c1', name: 'weather', arguments: { city: 'Oslo' } },
        ],
      },
      {
        role: 'tool',
        parts: [{ type: 'tool_call_response', id: 'c1', response: { celsius: 7 } }],
      },
    ],
  },
  {
    form: 'the AI SDK',
    value: [
      { role: 'user', content: [{ type: 'text', text: 'How warm is it?' }] },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Let me look.' },
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
            output: { type: 'json', value: { celsius: 7 } },
          },
        ],
      },
    ],
  },
  {
    form: 'Anthropic',
    value: [
      asked,
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm.' },
          { type: 'text', text: 'Let me look.' },
          { type: 'tool_use', id: 'c1', name: 'weather', input: { city: 'Oslo' } },
        ],
      },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 'c1',
            content: [{ type: 'text', text: '{"celsius":7}' }],
          },
        ],
      },
    ],
  },
  {
    form: 'Bedrock',
    value: [
      { role: 'user', content: [{ text: 'How warm is it?' }] },
      {
        role: 'assistant',
        content: [
          { text: 'Let me look.' },
          { toolUse: { toolUseId: 'c1', name: 'weather', input: { city: 'Oslo' } } },
        ],
      },
      {
        role: 'user',
        content: [{ toolResult: { toolUseId: 'c1', content: [{ text: '{"celsius":7}' }] } }],
      },
    ],
  },
  {
    form: 'LangChain',
    value: [
      [
        { type: 'human', content: 'How warm is it?' },
        {
          type: 'ai',
          content: 'Let me look.',
          tool_calls: [{ id: 'c1', name: 'weather', args: { city: 'Oslo' } }],
        },
        { type: 'tool', content: '{"celsius":7}', tool_call_id: 'c1' },
      ],
    ],
  },
])('a conversation in the form of $form reads as OpenAI writes it', ({ value }) => {
  expect(toMessages(value, 'user')).toEqual(conversation)
  expect(toMessages(JSON.stringify(value), 'user')).toEqual(conversation)
  expect(toMessages({ model: 'm', messages: value }, 'user')).toEqual(conversation)
})

test("Gemini's contents, whose calls have no id", () => {
  const contents = [
    { role: 'user', parts: [{ text: 'How warm is it?' }] },
    { role: 'model', parts: [{ functionCall: { name: 'weather', args: { city: 'Oslo' } } }] },
  ]
  expect(
    toMessages({ systemInstruction: { parts: [{ text: 'Be terse.' }] }, contents }, 'user'),
  ).toEqual([
    { role: 'system', content: 'Be terse.' },
    asked,
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
      ],
    },
  ])
})

test.each([
  ['a plain text', 'How warm is it?'],
  ['a prompt', { prompt: 'How warm is it?' }],
  ['a list of prompts', '["How warm is it?"]'],
  ['an input', { model: 'm', input: 'How warm is it?' }],
  ['parts alone', [{ type: 'text', content: 'How warm is it?' }]],
])('%s is said by the user', (_, value) => {
  expect(toMessages(value, 'user')).toEqual([asked])
})

test.each([
  '{"celsius":7}',
  '[{"city":"Oslo"},{"city":"Bergen"}]',
  '["Oslo"]',
  '{"input":"x"}',
  '7',
])('a reply that is JSON itself stays what was said: %s', (text) => {
  const [reply] = toMessages(text, 'assistant')
  expect(reply).toEqual({ role: 'assistant', content: text })
})

test('a whole response of OpenAI is the reply in it', () => {
  const response = {
    id: 'chatcmpl-1',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hi' } }],
  }
  expect(toMessages(JSON.stringify(response), 'assistant')).toEqual([
    { role: 'assistant', content: 'Hi', finishReason: 'stop' },
  ])
})

const picture = { type: 'image_url', image_url: { url: 'data:image/jpeg;base64,AAAA' } }

test.each([
  ['OpenAI', picture],
  ['OpenTelemetry', { type: 'blob', modality: 'image', mime_type: 'image/jpeg', content: 'AAAA' }],
  ['the AI SDK', { type: 'file', mediaType: 'image/jpeg', data: 'AAAA' }],
  [
    'Anthropic',
    { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: 'AAAA' } },
  ],
  [
    'OpenInference',
    {
      message_content: {
        type: 'image',
        image: { image: { url: 'data:image/jpeg;base64,AAAA' } },
      },
    },
  ],
])('an image in the form of %s stays an image', (_, part) => {
  const [message] = toMessages([{ role: 'user', content: [part] }], 'user')
  expect(message?.content).toEqual([picture])
})

test('what has no form in a plain message is kept as it came', () => {
  const sound = { type: 'blob', modality: 'audio', mime_type: 'audio/mp3', content: 'AAAA' }
  const [message] = toMessages([{ role: 'user', parts: [sound] }], 'user')
  expect(message).toEqual({ role: 'user', content: [sound] })
  expect(spokenText({ role: 'user', content: [sound] })).toBe('')
})

test('nothing is no message', () => {
  for (const value of [undefined, null, '', 7, true, []]) {
    expect(toMessages(value, 'user')).toEqual([])
  }
})
