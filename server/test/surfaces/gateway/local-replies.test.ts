import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeTinyModel } from '../../support/gguf/tiny-model.ts'
import { sendJson, type Received } from '../../support/http-request.ts'
import { greeter, localName } from '../../support/local-models.ts'
import { openLocalGateway, type LocalGateway } from './local-stage.ts'
import { ask, at, dialectCalls, spansOf, type DialectCall } from './stage.ts'

type Fields = Readonly<Record<string, unknown>>

const random = `local/${localName('random')}`

function callOf(name: string): DialectCall {
  const call = dialectCalls.find(({ dialect }) => dialect === name)
  if (!call) throw new Error(`no dialect ${name}`)
  return call
}

/**
 * In each dialect: a limit of five tokens, where the reply tells why it ended, and its usage. What
 * Anthropic calls input is what was not read from a cache.
 */
const limited: readonly {
  readonly dialect: string
  readonly fields: Fields
  readonly end: readonly [readonly string[], unknown]
  readonly input: readonly (readonly string[])[]
  readonly output: readonly string[]
}[] = [
  {
    dialect: 'OpenAI chat',
    fields: { max_completion_tokens: 5 },
    end: [['choices', '0', 'finish_reason'], 'length'],
    input: [['usage', 'prompt_tokens']],
    output: ['usage', 'completion_tokens'],
  },
  {
    dialect: 'OpenAI completions',
    fields: { max_tokens: 5 },
    end: [['choices', '0', 'finish_reason'], 'length'],
    input: [['usage', 'prompt_tokens']],
    output: ['usage', 'completion_tokens'],
  },
  {
    dialect: 'OpenAI responses',
    fields: { max_output_tokens: 5 },
    end: [['incomplete_details', 'reason'], 'max_output_tokens'],
    input: [['usage', 'input_tokens']],
    output: ['usage', 'output_tokens'],
  },
  {
    dialect: 'Anthropic messages',
    fields: { max_tokens: 5 },
    end: [['stop_reason'], 'max_tokens'],
    input: [
      ['usage', 'input_tokens'],
      ['usage', 'cache_read_input_tokens'],
    ],
    output: ['usage', 'output_tokens'],
  },
  {
    dialect: 'Ollama chat',
    fields: { options: { num_predict: 5 } },
    end: [['done_reason'], 'length'],
    input: [['prompt_eval_count']],
    output: ['eval_count'],
  },
  {
    dialect: 'Ollama generate',
    fields: { options: { num_predict: 5 } },
    end: [['done_reason'], 'length'],
    input: [['prompt_eval_count']],
    output: ['eval_count'],
  },
]

const schema = {
  type: 'object',
  properties: {
    size: { enum: ['small', 'large'] },
    is_open: { type: 'boolean' },
    word: { type: 'string', maxLength: 6 },
  },
  required: ['size', 'is_open', 'word'],
  additionalProperties: false,
}
const named = { name: 'shop', schema, strict: true }

/** In each dialect that can: a form for the answer, and where the answer's text is. */
const formed: readonly (readonly [string, Fields, (reply: string) => unknown])[] = [
  [
    'OpenAI chat',
    { response_format: { type: 'json_schema', json_schema: named } },
    (reply) => at(reply, 'choices', '0', 'message', 'content'),
  ],
  [
    'OpenAI responses',
    { text: { format: { type: 'json_schema', ...named } } },
    (reply) => at(reply, 'output', '0', 'content', '0', 'text'),
  ],
  [
    'Anthropic messages',
    { output_config: { format: { type: 'json_schema', schema } }, max_tokens: 200 },
    (reply) => at(reply, 'content', '0', 'text'),
  ],
  ['Ollama chat', { format: schema }, (reply) => at(reply, 'message', 'content')],
  ['Ollama generate', { format: schema }, (reply) => at(reply, 'response')],
]

const shop = { name: 'shop', description: 'Looks for a shop.' }

/** In each dialect that can: a tool that must be called, and where the call is. */
const forced: readonly (readonly [string, Fields, (reply: string) => unknown])[] = [
  [
    'OpenAI chat',
    {
      tools: [{ type: 'function', function: { ...shop, parameters: schema } }],
      tool_choice: { type: 'function', function: { name: 'shop' } },
    },
    (reply) =>
      parsed(at(reply, 'choices', '0', 'message', 'tool_calls', '0', 'function', 'arguments')),
  ],
  [
    'OpenAI responses',
    {
      tools: [{ type: 'function', strict: true, ...shop, parameters: schema }],
      tool_choice: 'required',
    },
    (reply) => parsed(at(reply, 'output', '0', 'arguments')),
  ],
  [
    'Anthropic messages',
    {
      tools: [{ ...shop, input_schema: schema }],
      tool_choice: { type: 'tool', name: 'shop' },
      max_tokens: 200,
    },
    (reply) => at(reply, 'content', '0', 'input'),
  ],
]

function parsed(text: unknown): unknown {
  return JSON.parse(String(text))
}

const isShop = {
  size: expect.stringMatching(/^(?:small|large)$/),
  is_open: expect.any(Boolean),
  word: expect.stringMatching(/^.{0,6}$/su),
}

describe('A model that runs here answers', () => {
  let stage: LocalGateway
  beforeAll(async () => {
    stage = await openLocalGateway({
      random: { contextLength: 2048 },
      greeter,
      narrow: { contextLength: 256, chatTemplate: `${'word '.repeat(500)}{{ messages }}` },
      wordless: { ...greeter, chatTemplate: null },
      broken: encodeTinyModel(greeter).subarray(0, 5000),
    })
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  const post = (call: DialectCall, model: string, fields: Fields): Promise<Received> =>
    sendJson(stage.app.url, { path: call.path, value: { ...call.body(model), ...fields } })

  it.each(limited)('to a limit, with what it took, in $dialect', async (one) => {
    const reply = await post(callOf(one.dialect), random, one.fields)
    expect(reply.status).toBe(200)
    const [end, word] = one.end
    expect(at(reply.text, ...end)).toBe(word)
    expect(at(reply.text, ...one.output)).toBe(5)
    const counts = one.input.map((path) => Number(at(reply.text, ...path)))
    const input = counts.reduce((sum, count) => sum + count, 0)
    const [span] = await spansOf(stage, reply)
    expect(span?.attributes).toMatchObject({ 'llm.tokens.input': input, 'llm.tokens.output': 5 })
    expect(input).toBeGreaterThan(0)
  })

  it.each(formed)('in a form that was asked for in %s', async (dialect, fields, textOf) => {
    const reply = await post(callOf(dialect), random, fields)
    expect(reply.status).toBe(200)
    expect(parsed(textOf(reply.text))).toEqual(isShop)
  })

  it.each(forced)('with the call that it must make in %s', async (dialect, fields, callIn) => {
    const reply = await post(callOf(dialect), random, fields)
    expect(reply.status).toBe(200)
    expect(callIn(reply.text)).toEqual(isShop)
    const [span] = await spansOf(stage, reply)
    const [called] = parsed(span?.attributes['llm.tool_calls']) as { function: object }[]
    expect(called?.function).toMatchObject({ name: 'shop' })
  })

  it('with the chances of its tokens', async () => {
    const chat = await post(callOf('OpenAI chat'), random, {
      max_tokens: 3,
      logprobs: true,
      top_logprobs: 2,
    })
    const told = at(chat.text, 'choices', '0', 'logprobs', 'content') as Fields[]
    expect(told).toHaveLength(3)
    for (const token of told) {
      expect(token).toMatchObject({ token: expect.any(String), logprob: expect.any(Number) })
      expect(token['logprob']).toBeLessThanOrEqual(0)
      expect(token['top_logprobs']).toHaveLength(2)
    }
    const text = await post(callOf('OpenAI completions'), random, { max_tokens: 3, logprobs: 2 })
    const { tokens, token_logprobs: chances } = at(text.text, 'choices', '0', 'logprobs') as Fields
    expect([tokens, chances]).toEqual([
      expect.objectContaining({ length: 3 }),
      expect.objectContaining({ length: 3 }),
    ])
    const response = await post(callOf('OpenAI responses'), random, {
      max_output_tokens: 16,
      top_logprobs: 2,
      include: ['message.output_text.logprobs'],
    })
    expect(at(response.text, 'output', '0', 'content', '0', 'logprobs', 'length')).toBe(16)
    const ollama = await post(callOf('Ollama chat'), random, {
      options: { num_predict: 3 },
      logprobs: true,
      top_logprobs: 2,
    })
    expect(at(ollama.text, 'logprobs', 'length')).toBe(3)
  })

  it('with what only engines can be told by Ollama’s clients', async () => {
    const options = { min_p: 0.9, repeat_penalty: 1.2, top_k: 1, num_predict: 2, num_ctx: 99 }
    const reply = await post(callOf('Ollama chat'), random, { options })
    const [span] = await spansOf(stage, reply)
    expect(parsed(span?.attributes['llm.request'])).toMatchObject({
      min_p: 0.9,
      repeat_penalty: 1.2,
      top_k: 1,
      max_tokens: 2,
    })
  })

  describe.each(dialectCalls)('or says why not, in $dialect', (call) => {
    const isOpenAi = call.dialect.startsWith('OpenAI')
    const isText = call.dialect === 'OpenAI completions'

    it.each([false, true])('about too long a question, streamed: %s', async (stream) => {
      const long = {
        ...call,
        body: () => ({ ...call.body(model('narrow'), stream), ...longer(call) }),
      }
      const reply = await ask(stage.app.url, long, {})
      expect(reply.status).toBe(400)
      expect(reply.text).toMatch(/256 tokens.*\d{3}/)
      if (isOpenAi) expect(call.errorOf(reply.text)).toBe('context_length_exceeded')
    })

    it('about a file without a template for chats', async () => {
      const reply = await ask(stage.app.url, call, { model: model('wordless') })
      // A text needs none.
      expect(reply.status).toBe(isText ? 200 : 400)
      if (isText) expect(at(reply.text, 'choices', '0', 'text')).toBe('Hello there!')
      else expect(reply.text).toContain('chat template')
      if (isOpenAi && !isText) expect(call.errorOf(reply.text)).toBe('chat_template_missing')
    })

    it('about a file that cannot be loaded', async () => {
      const reply = await ask(stage.app.url, call, { model: model('broken') })
      expect(reply.status).toBe(422)
      if (isOpenAi) expect(call.errorOf(reply.text)).toMatch(/^gguf_metadata_error-/)
    })

    it('about a file that is not there', async () => {
      const reply = await ask(stage.app.url, call, { model: model('nobody') })
      expect(reply.status).toBe(404)
      expect(JSON.parse(reply.text)).toHaveProperty('error')
    })
  })
})

function model(name: string): string {
  return `local/${localName(name)}`
}

/** Without a template a text is as long as it is. */
function longer({ dialect }: DialectCall): Fields {
  return dialect === 'OpenAI completions' ? { prompt: 'word '.repeat(500) } : {}
}
