import { describe, expect, it, test } from 'vitest'
import { fakePlan } from '../../../test/support/engine/fake-scripts.ts'
import { EngineFault } from './engine-fault.ts'
import { readChatRequest } from './read-chat-request.ts'
import { readBody } from './read-shape.ts'
import { readCountRequest, readEmbeddingRequest, readTextRequest } from './read-text-request.ts'

const plan = fakePlan({}, { options: { seed: 7, maxTokens: 99 } })
const bare = fakePlan()
const messages = [{ role: 'user', content: 'Hi' }]
const tools = [
  { type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object' } } },
  { type: 'function', function: { name: 'g' } },
]

function chat(more: object, from = bare) {
  return readChatRequest({ messages, ...more }, from, null)
}

function faultOf(read: () => unknown): unknown {
  try {
    read()
  } catch (error) {
    if (error instanceof EngineFault) return error.refusal
    throw error
  }
  return 'no fault'
}

describe('a chat', () => {
  it('that says little is asked as in llama.cpp', () => {
    expect(chat({})).toEqual({
      kind: 'chat',
      model: bare.name,
      isStream: false,
      includesUsage: false,
      logprobs: null,
      tools: null,
      jobs: [
        {
          prompt: { kind: 'chat', messages, tools: [], variables: {} },
          maxTokens: null,
          stop: [],
          grammar: null,
          top: null,
          sampling: {
            temperature: 0.8,
            topP: 0.95,
            topK: 40,
            minP: 0.05,
            seed: null,
            repeatPenalty: null,
            frequencyPenalty: null,
            presencePenalty: null,
            logitBias: null,
          },
        },
      ],
    })
  })

  it('that says everything is asked so', () => {
    const [job] = chat({
      temperature: 0,
      top_p: 1,
      top_k: -1,
      min_p: 0,
      seed: -2,
      repeat_penalty: 1.1,
      frequency_penalty: 1,
      presence_penalty: -1,
      logit_bias: { 5: -100 },
      stop: ['', 'a', 'b'],
      max_tokens: 5,
      max_completion_tokens: 6,
      logprobs: true,
      top_logprobs: 3,
      chat_template_kwargs: { mood: 'good' },
      reasoning_effort: 'none',
      user: { what: 'ever' },
    }).jobs
    expect(job).toMatchObject({
      prompt: { variables: { mood: 'good', enable_thinking: false } },
      maxTokens: 6,
      stop: ['a', 'b'],
      top: 3,
      sampling: {
        temperature: 0,
        topP: 1,
        topK: null,
        minP: 0,
        seed: 2 ** 32 - 2,
        repeatPenalty: 1.1,
        frequencyPenalty: 1,
        presencePenalty: -1,
        logitBias: { 5: -100 },
      },
    })
  })

  it('goes by the plan where it says nothing itself, and null says nothing', () => {
    const nothing = { seed: null, max_tokens: null, temperature: null, stop: null, tools: null }
    const { jobs } = chat({ ...nothing, n: 2 }, plan)
    expect(jobs.map(({ maxTokens }) => maxTokens)).toEqual([99, 99])
    expect(jobs.map(({ sampling }) => sampling.seed)).toEqual([7, 8])
    expect(chat({ seed: -1 }, plan).jobs[0]!.sampling.seed).toBeNull()
  })

  it('notes as many alternatives as anybody wants', () => {
    const tops = [
      readChatRequest({ messages }, bare, null),
      readChatRequest({ messages }, bare, 0),
      readChatRequest({ messages, logprobs: true }, bare, null),
      readChatRequest({ messages, logprobs: true, top_logprobs: 2 }, bare, 5),
      readChatRequest({ messages, logprobs: true, top_logprobs: 8 }, bare, 5),
    ].map(({ jobs: [job], logprobs }) => [job!.top, logprobs])
    expect(tops).toEqual([
      [null, null],
      [0, null],
      [0, 0],
      [5, 2],
      [8, 8],
    ])
  })

  it('brings messages in the form that templates know', () => {
    const calls = [{ id: '1', type: 'function', function: { name: 'f', arguments: '{}' } }]
    const given = [
      { role: 'developer', content: [{ type: 'text', text: 'a', cache_control: {} }] },
      { role: 'assistant', content: null, tool_calls: calls, name: 'x' },
      { role: 'tool', tool_call_id: '1', content: 'b' },
      { role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }] },
    ]
    expect(readChatRequest({ messages: given }, bare, null).jobs[0]!.prompt).toMatchObject({
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'a' }] },
        { role: 'assistant', content: '', tool_calls: calls, name: 'x' },
        { role: 'tool', tool_call_id: '1', content: 'b' },
        { role: 'assistant', content: [{ type: 'text', text: 'no' }] },
      ],
    })
  })

  it('asks for JSON by a grammar', () => {
    const schema = { type: 'object', properties: { a: { type: 'string', pattern: 'x' } } }
    const grammars = [
      { response_format: { type: 'text' } },
      { response_format: { type: 'json_object' } },
      { response_format: { type: 'json_object', schema } },
      { response_format: { type: 'json_schema', json_schema: { name: 'n', schema } } },
      { grammar: 'root ::= "a"' },
    ].map((more) => chat(more).jobs[0]!.grammar)
    const kind = 'json-schema'
    expect(grammars).toEqual([
      null,
      { kind: 'json' },
      { kind, schema, param: 'response_format' },
      { kind, schema, param: 'response_format' },
      { kind: 'gbnf', text: 'root ::= "a"' },
    ])
  })
})

describe('tools', () => {
  it('are shown to the template unless none may be called', () => {
    const shown = [{ tools }, { tools, tool_choice: 'none' }, { tools: [] }].map((more) => {
      const { jobs, tools: use } = chat(more)
      const { prompt, grammar } = jobs[0]!
      return [prompt.kind === 'chat' && prompt.tools.length, grammar, use && [...use.names]]
    })
    expect(shown).toEqual([
      [2, null, ['f', 'g']],
      [0, null, null],
      [0, null, null],
    ])
  })

  const call = (name: string, parameters: object) => ({
    type: 'object',
    properties: { name: { const: name }, arguments: { type: 'object', ...parameters } },
    required: ['name', 'arguments'],
    additionalProperties: false,
  })

  it('that must be called leave nothing else to say', () => {
    const required = chat({ tools, tool_choice: 'required' }).jobs[0]!.grammar
    expect(required).toEqual({
      kind: 'json-schema',
      param: 'tools',
      schema: { oneOf: [call('f', {}), call('g', {})] },
    })
    const named = { type: 'function', function: { name: 'g' } }
    expect(chat({ tools, tool_choice: named }).jobs[0]!.grammar).toEqual({
      kind: 'json-schema',
      param: 'tools',
      schema: call('g', {}),
    })
  })

  it('keep references of their schemas', () => {
    const parameters = {
      $schema: 'x',
      properties: { a: { $ref: '#/$defs/A' }, b: { items: [{ $ref: '#/definitions/B' }] } },
      $defs: { A: { anyOf: [{ $ref: '#/$defs/A' }] } },
      definitions: { B: { type: 'string' } },
    }
    const own = [tools[1], { type: 'function', function: { name: 'h', parameters } }]
    expect(chat({ tools: own, tool_choice: 'required' }).jobs[0]!.grammar).toEqual({
      kind: 'json-schema',
      param: 'tools',
      schema: {
        oneOf: [
          call('g', {}),
          call('h', {
            properties: { a: { $ref: '#/$defs/t1_A' }, b: { items: [{ $ref: '#/$defs/t1_B' }] } },
          }),
        ],
        $defs: { t1_A: { anyOf: [{ $ref: '#/$defs/t1_A' }] }, t1_B: { type: 'string' } },
      },
    })
  })

  it('mean themselves by the root of their schemas, not the whole call', () => {
    const parameters = { properties: { left: { $ref: '#' }, other: { $ref: '#/$defs/A' } } }
    const $defs = { A: { items: { $ref: '#' } } }
    const tree = { type: 'function', function: { name: 't', parameters: { ...parameters, $defs } } }
    const root = { $ref: '#/$defs/t0' }
    const { grammar } = chat({ tools: [tree], tool_choice: 'required' }).jobs[0]!
    expect(grammar).toMatchObject({
      schema: {
        properties: { arguments: root },
        $defs: {
          t0: { type: 'object', properties: { left: root, other: { $ref: '#/$defs/t0_A' } } },
          t0_A: { items: root },
        },
      },
    })
  })
})

describe('a chat that cannot be followed', () => {
  const part = (type: string) => [{ role: 'user', content: [{ type, [type]: {} }] }]
  const named = { type: 'function', function: { name: 'h' } }

  test.each([
    ['messages', { messages: [] }],
    ['messages', { messages: 'Hi' }],
    ['messages[0]', { messages: ['Hi'] }],
    ['messages[0].role', { messages: [{ content: 'Hi' }] }],
    ['messages[0].role', { messages: [{ role: 'king', content: 'Hi' }] }],
    ['messages[0].content', { messages: [{ role: 'user' }] }],
    ['messages[0].content', { messages: [{ role: 'user', content: 5 }] }],
    ['messages[0].content[0].type', { messages: part('image_url') }],
    ['messages[0].content[0].type', { messages: part('input_audio') }],
    ['messages[0].content[0].text', { messages: part('text') }],
    ['messages[0].tool_calls', { messages: [{ role: 'assistant', tool_calls: {} }] }],
    ['messages[0].tool_calls[0].function', { messages: [{ role: 'assistant', tool_calls: [1] }] }],
    ['temperature', { temperature: '0.5' }],
    ['temperature', { temperature: 2.1 }],
    ['top_p', { top_p: -0.1 }],
    ['top_k', { top_k: 1.5 }],
    ['seed', { seed: 0.5 }],
    ['max_tokens', { max_tokens: 0 }],
    ['max_tokens', { max_tokens: -1 }],
    ['max_completion_tokens', { max_completion_tokens: 0 }],
    ['n', { n: 9 }],
    ['n', { n: 0 }],
    ['stop', { stop: Array(17).fill('a') }],
    ['stop', { stop: [1] }],
    ['stream', { stream: 'yes' }],
    ['stream_options.include_usage', { stream_options: { include_usage: 1 } }],
    ['logprobs', { logprobs: 1 }],
    ['top_logprobs', { logprobs: true, top_logprobs: 21 }],
    ['top_logprobs', { top_logprobs: 2 }],
    ['logit_bias.5', { logit_bias: { 5: 101 } }],
    ['logit_bias.five', { logit_bias: { five: 1 } }],
    ['model', { model: 5 }],
    ['response_format.type', { response_format: { type: 'xml' } }],
    ['response_format.json_schema', { response_format: { type: 'json_schema' } }],
    ['grammar', { grammar: 'root ::= "a"', response_format: { type: 'json_object' } }],
    ['grammar', { grammar: 'root ::= "a"', tools, tool_choice: 'required' }],
    ['tools[0].type', { tools: [{ type: 'custom' }] }],
    ['tools[0].function.name', { tools: [{ type: 'function', function: {} }] }],
    ['tool_choice', { tools, tool_choice: 'any' }],
    ['tool_choice', { tool_choice: 'required' }],
    ['tool_choice.function.name', { tools, tool_choice: named }],
  ])('names %s in %j', (param, more) => {
    const refusal = faultOf(() => readChatRequest({ messages, ...more }, bare, null))
    expect(refusal).toMatchObject({
      status: 400,
      param,
      message: expect.stringContaining(param.split('.')[0]!),
    })
  })
})

describe('a text', () => {
  test.each([
    ['prompt', {}],
    ['prompt', { prompt: [] }],
    ['prompt', { prompt: [1, 'a'] }],
    ['prompt[0]', { prompt: [-1] }],
    ['prompt', { prompt: Array(5).fill('a'), n: 7 }],
    ['echo', { prompt: 'a', echo: true }],
    ['suffix', { prompt: 'a', suffix: 'b' }],
    ['best_of', { prompt: 'a', best_of: 2 }],
    ['logprobs', { prompt: 'a', logprobs: true }],
    ['max_tokens', { prompt: 'a', max_tokens: 0 }],
  ])('names %s in %j', (param, body) => {
    expect(faultOf(() => readTextRequest(body, bare, null))).toMatchObject({ status: 400, param })
  })

  it('takes neutral values of what is not supported', () => {
    const body = { prompt: 'a', echo: false, suffix: '', best_of: 2, n: 2 }
    expect(readTextRequest(body, bare, null).jobs).toHaveLength(2)
  })

  it('may be tokens', () => {
    const prompts = [
      [1, 2],
      [[1], [2, 3]],
      ['a', 'b'],
    ].map((prompt) => readTextRequest({ prompt }, bare, null).jobs.map((job) => job.prompt))
    expect(prompts).toEqual([
      [{ kind: 'tokens', tokens: [1, 2] }],
      [
        { kind: 'tokens', tokens: [1] },
        { kind: 'tokens', tokens: [2, 3] },
      ],
      [
        { kind: 'text', text: 'a' },
        { kind: 'text', text: 'b' },
      ],
    ])
  })
})

test.each([
  ['input', {}],
  ['input', { input: '' }],
  ['input', { input: ['a', ''] }],
  ['input', { input: Array(2049).fill('a') }],
  ['encoding_format', { input: 'a', encoding_format: 'hex' }],
  ['dimensions', { input: 'a', dimensions: 0 }],
])('a wish for embeddings names %s', (param, body) => {
  expect(faultOf(() => readEmbeddingRequest(body, bare))).toMatchObject({ status: 400, param })
})

test.each([
  ['messages', {}],
  ['prompt', { prompt: ['a', 'b'] }],
  ['messages', { messages: [] }],
])('a count names %s in %j', (param, body) => {
  expect(faultOf(() => readCountRequest(body))).toMatchObject({ status: 400, param })
})

test.each(['', '{', '[]', 'null', '"a"'])('%j is no body', (json) => {
  expect(faultOf(() => readBody(json))).toMatchObject({ status: 400, code: 'invalid_json' })
})
