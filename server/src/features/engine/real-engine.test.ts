import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isAlive, until } from '../../../test/support/engine/fake-engine.ts'
import { readReply, type Frame } from '../../../test/support/engine/fake-replies.ts'
import { writeTinyModel, type TinyModelOptions } from '../../../test/support/gguf/tiny-model.ts'
import { systemClock } from '../../platform/clock.ts'
import { createLog } from '../../platform/log/create-log.ts'
import type { EnginePath, EngineRequest } from './engine.ts'
import type { LoadPlan } from './load-plan.ts'
import { LocalEngine } from './local-engine.ts'

/** The whole way with the real child and small models of random weights. */

let folder = ''
let engine: LocalEngine

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'engine-'))
  engine = new LocalEngine({
    clock: systemClock,
    log: createLog({ level: 'silent' }),
    keepAliveSeconds: -1,
    memoryBytes: 1e9,
    maxThreads: 1,
  })
})

afterAll(async () => {
  await engine[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function planOf(name: string, options: TinyModelOptions = {}): Promise<LoadPlan> {
  const path = join(folder, `${name}.gguf`)
  await writeTinyModel(path, options)
  return { name: `tiny/${name}:F32`, path, sizeBytes: 400_000, options: {} }
}

function request(path: EnginePath, body: object): EngineRequest {
  return { path, body: JSON.stringify({ messages, temperature: 0, max_tokens: 30, ...body }) }
}

async function chat(plan: LoadPlan, body: object = {}) {
  return readReply(await engine.post(plan, request('/chat/completions', body)))
}

type Message = { readonly tool_calls?: readonly unknown[] }

interface Spoken {
  readonly message?: Message
  readonly delta?: Message
}

const messages = [{ role: 'user', content: 'Hello there' }]
const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: {
      type: 'object',
      properties: { unit: { enum: ['C', 'F'] }, days: { type: 'integer' } },
      required: ['unit', 'days'],
      additionalProperties: false,
    },
  },
}

describe('a model of random weights', () => {
  let plan: LoadPlan

  beforeAll(async () => {
    plan = await planOf('random')
  })

  it('answers the same whole and as a stream, to the last token', async () => {
    const whole = await chat(plan)
    const { content } = whole.choices[0].message
    expect(content).not.toBe('')
    expect(whole.choices[0].finish_reason).toBe('length')
    expect(whole.usage.completion_tokens).toBe(30)
    const frames = await chat(plan, { stream: true, logprobs: true })
    const deltas = frames.map((frame: Frame) => frame.choices[0]?.delta.content ?? '')
    expect(deltas.join('')).toBe(content)
    const tokens = frames.flatMap((frame: Frame) => frame.choices[0]?.logprobs?.content ?? [])
    expect(tokens).toHaveLength(30)
    expect(tokens.map(({ token }: { token: string }) => token).join('')).toBe(content)
    expect(frames.at(-1).usage.prompt_tokens).toBe(whole.usage.prompt_tokens)
  })

  it('says the same for the same seed, and something else for another', async () => {
    const [one, again, other] = await Promise.all(
      [5, 5, 6].map((seed) => chat(plan, { temperature: 1, seed })),
    )
    expect(again.choices[0].message).toEqual(one.choices[0].message)
    expect(other.choices[0].message).not.toEqual(one.choices[0].message)
  })

  it('calls a tool where it must, with arguments that fit', async () => {
    for (const stream of [false, true]) {
      const body = { tools: [weather], tool_choice: 'required', max_tokens: 200, stream }
      const reply = await chat(plan, { ...body, temperature: 1, seed: 1 })
      const choices = stream
        ? reply.map((frame: { choices: object[] }) => frame.choices[0])
        : reply.choices
      const calls = choices.flatMap((one: Spoken) => (one.message ?? one.delta)?.tool_calls ?? [])
      expect(calls).toMatchObject([{ function: { name: 'get_weather' } }])
      expect(JSON.parse(calls[0].function.arguments)).toEqual({
        unit: expect.stringMatching(/^[CF]$/u),
        days: expect.any(Number),
      })
      expect(choices.at(-1).finish_reason).toBe('tool_calls')
    }
  })

  it('keeps to a schema', async () => {
    const schema = weather.function.parameters
    const format = { type: 'json_schema', json_schema: { name: 'x', schema } }
    const { choices } = await chat(plan, { response_format: format, max_tokens: 200 })
    expect(Object.keys(JSON.parse(choices[0].message.content))).toEqual(['unit', 'days'])
  })

  it('goes on with texts and notes how', async () => {
    const body = { prompt: ['Once', 'Twice'], n: 2, max_tokens: 4 }
    const reply = await engine.post(plan, { ...request('/completions', body), traceTokens: 3 })
    const { choices } = await readReply(reply)
    expect(choices).toHaveLength(4)
    expect(reply.trace!.prompt.tokens.length).toBeGreaterThan(1)
    expect(reply.trace!.tokens.map(({ text }) => text).join('')).toBe(choices[0].text)
    expect(reply.trace!.tokens.every(({ top }) => top.length === 3)).toBe(true)
  })

  it('embeds and counts', async () => {
    const embedded = await readReply(
      await engine.post(plan, request('/embeddings', { input: ['a', 'b'] })),
    )
    expect(embedded.data.map((one: { embedding: number[] }) => one.embedding.length)).toEqual([
      64, 64,
    ])
    const { count } = await readReply(await engine.post(plan, request('/tokenize', {})))
    expect(count).toBe((await chat(plan, { max_tokens: 1 })).usage.prompt_tokens)
  })

  it('refuses what does not fit, with both counts', async () => {
    const long = [{ role: 'user', content: 'word '.repeat(2000) }]
    const reply = await engine.post(plan, request('/chat/completions', { messages: long }))
    expect(reply.status).toBe(400)
    const { error } = await readReply(reply)
    expect(error).toMatchObject({ code: 'context_length_exceeded' })
    expect(error.message).toMatch(/512.*\d{4,}/u)
  })

  it('ends a job whose reader leaves', async () => {
    const stop = new AbortController()
    const asked = { ...request('/chat/completions', { max_tokens: 400 }), signal: stop.signal }
    const whole = engine.post(plan, asked)
    await until(() => engine.loaded()[0]?.inFlight === 1, 'at work')
    stop.abort(new Error('enough'))
    await expect(whole).rejects.toThrow('enough')
    await until(() => engine.loaded()[0]?.inFlight === 0, 'at rest')
    expect((await chat(plan)).choices).toHaveLength(1)
  })

  it('is started again after its child was killed in the middle of a stream', async () => {
    const asked = request('/chat/completions', { max_tokens: 400, stream: true })
    const stream = await engine.post(plan, { ...asked, traceTokens: 0 })
    const queued = engine.post(plan, request('/chat/completions', { max_tokens: 400 }))
    const pid = engine.loaded()[0]!.pid!
    const read = async () => {
      let text = ''
      for await (const chunk of stream.chunks) {
        if (text === '') process.kill(pid, 'SIGKILL')
        text += Buffer.from(chunk).toString()
      }
      return text
    }
    await expect(read()).rejects.toMatchObject({ fault: { kind: 'transport' } })
    expect(stream.trace!.tokens.length).toBeGreaterThan(0)
    expect((await queued).status).toBe(502)
    expect(isAlive(pid)).toBe(false)
    expect((await chat(plan)).choices).toHaveLength(1)
    expect(engine.loaded()[0]!.pid).not.toBe(pid)
  })
})

describe('a model that says what was written', () => {
  const call = [
    '<tool',
    '_call>',
    '{"name":"get_weather",',
    '"arguments":{"days":1}}',
    '</tool_',
    'call>',
  ]

  it('is understood where it calls a tool', async () => {
    const plan = await planOf('caller', { says: ['Let me see. ', ...call] })
    const whole = await chat(plan, { tools: [weather] })
    expect(whole.choices).toMatchObject([
      {
        message: {
          content: 'Let me see.',
          tool_calls: [{ function: { name: 'get_weather', arguments: '{"days":1}' } }],
        },
        finish_reason: 'tool_calls',
      },
    ])
    const plain = await chat(plan)
    expect(plain.choices[0]).toMatchObject({
      message: { content: ['Let me see. ', ...call].join('') },
      finish_reason: 'stop',
    })
  })

  it('is cut at a stop sequence', async () => {
    const plan = await planOf('stopper', { says: ['One ', 'two ', 'three ', 'four'] })
    const { choices } = await chat(plan, { stop: ['thr'] })
    expect(choices).toMatchObject([{ message: { content: 'One two ' }, finish_reason: 'stop' }])
  })
})

describe('a file that cannot be used', () => {
  async function refusalOf(plan: LoadPlan) {
    const reply = await engine.post(plan, request('/chat/completions', {}))
    return { status: reply.status, ...(await readReply(reply)).error }
  }

  it('is missing', async () => {
    const path = join(folder, 'none.gguf')
    const plan = { name: 'tiny/none:F32', path, sizeBytes: null, options: {} }
    expect(await refusalOf(plan)).toMatchObject({ status: 404, code: 'hub_file_not_found_error' })
  })

  it('is no GGUF, or of an unknown architecture', async () => {
    const path = join(folder, 'text.gguf')
    await writeFile(path, 'Not a model at all, but long enough to be read as one.')
    const plan = { name: 'tiny/text:F32', path, sizeBytes: null, options: {} }
    const strange = await planOf('strange', { architecture: 'strange' })
    for (const bad of [plan, strange]) {
      expect(await refusalOf(bad)).toMatchObject({
        status: 422,
        code: expect.stringMatching(/^gguf_metadata_error-/u),
      })
    }
  })

  it('has no template, and still goes on with texts', async () => {
    const plan = await planOf('bare', { chatTemplate: null })
    expect(await refusalOf(plan)).toMatchObject({ status: 400, code: 'chat_template_missing' })
    const own = { ...plan, options: { chatTemplate: '{{ messages[0].content }}' } }
    expect((await chat(own)).choices).toHaveLength(1)
    const text = await engine.post(plan, request('/completions', { prompt: 'Once' }))
    expect(text.status).toBe(200)
  })
})
