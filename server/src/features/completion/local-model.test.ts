import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { localEngine } from '../../../test/support/completion-context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { useFourProviders } from '../../../test/support/four-providers.ts'
import { encodeTinyModel } from '../../../test/support/gguf/tiny-model.ts'
import {
  endless,
  greeter,
  localFile,
  localName,
  writeLocalModels,
  type LocalModels,
} from '../../../test/support/local-models.ts'
import { ByteCache } from '../../platform/cache/byte-cache.ts'
import { systemClock } from '../../platform/clock.ts'
import { createLog } from '../../platform/log/create-log.ts'
import type { LocalEngine, TokenTrace } from '../engine/index.ts'
import { getLog } from '../inference-logs/index.ts'
import { ModelLibrary } from '../model-files/index.ts'
import { createAlias, createFileAlias, type AnswerOptions } from '../models/index.ts'
import { attributesOf, getSpan } from '../traces/index.ts'
import type { Answer, StreamedAnswer, WholeAnswer } from './answer.ts'
import { askModel } from './ask-model.ts'
import type { Ask } from './ask.ts'
import { fromChatMessages } from './chat-messages.ts'
import { countTokens } from './count-tokens.ts'
import { embed } from './embeddings/embed.ts'
import type { CompletionContext } from './powers.ts'

const never = new AbortController().signal
const hello = localName('greeter')
const prompt = { tokens: 14, text: /^<s><\|im_start\|>user\nSay hello\.<\|im_end\|>/ }

function askFor(model: string, given: Partial<Ask> & { readonly fields?: Ask['body'] } = {}): Ask {
  const messages = [{ role: 'user', content: 'Say hello.' }]
  const { fields = {}, ...rest } = given
  const isStream = rest.mode === 'stream' ? { stream: true } : {}
  return {
    wire: 'openai-chat',
    model,
    body: { model, messages, max_tokens: 20, ...isStream, ...fields },
    mode: 'whole',
    read: (read) => {
      const { messages: given = messages, max_tokens: maxTokens } = read
      const options = typeof maxTokens === 'number' ? { maxTokens } : {}
      return { request: { model, messages: fromChatMessages(given), options }, nativeOnly: [] }
    },
    fieldOf: (option) => option,
    hops: 0,
    traceparent: undefined,
    requestId: 'req-1',
    ...rest,
  }
}

describeEachDatabase('a model that runs here', (store) => {
  const { fakeOf, contextOf: contextTo } = useFourProviders(store)
  let models: LocalModels
  let engine: LocalEngine
  let library: ModelLibrary
  beforeAll(async () => {
    models = await writeLocalModels({
      greeter,
      endless,
      wordless: { ...greeter, chatTemplate: null },
      broken: encodeTinyModel(greeter).subarray(0, 5000),
      'gpt-4o': greeter,
      embedder: {},
    })
    engine = localEngine()
    const { hubDir } = models
    const log = createLog({ level: 'silent' })
    library = new ModelLibrary({ hubDir, db: store.db, clock: systemClock, log })
  })
  afterAll(async () => {
    await engine[Symbol.asyncDispose]()
    await library[Symbol.asyncDispose]()
    await models[Symbol.asyncDispose]()
  })

  const contextOf = (given: Partial<CompletionContext> = {}) =>
    contextTo({ engine, library, ...given })
  const whole = async (ask: Ask, ctx = contextOf()): Promise<WholeAnswer> => {
    const answer = await askModel(ctx, ask, never)
    if (answer.status !== 'whole') throw new Error(`The answer is ${answer.status}`)
    return answer
  }
  const streamed = async (ask: Ask, signal = never): Promise<StreamedAnswer> => {
    const answer = await askModel(contextOf(), ask, signal)
    if (answer.status !== 'stream') throw new Error(`The answer is ${answer.status}`)
    return answer
  }
  const stored = async ({ spanId }: Pick<Answer, 'spanId'>) => {
    const span = await getSpan(contextOf(), spanId)
    return { ...span, attributes: attributesOf(span) }
  }
  const logOf = async ({ spanId }: Pick<Answer, 'spanId'>): Promise<Record<string, unknown>> => {
    const { log, rest } = await getLog({ ...contextOf(), logCache: new ByteCache(1e6) }, spanId)
    const document: unknown = JSON.parse(`{${Buffer.from(rest).toString()}`)
    return { ...(document as object), totalSteps: log.totalSteps, status: log.status }
  }
  const router = async (name: string, ...targets: readonly string[]) => {
    await createAlias(contextOf(), name, {
      targets: targets.map((model) => ({ model, isEnabled: true })),
      requestParams: {},
      options: { strategy: 'fallback', cooldownSeconds: 600 },
    })
  }
  const fileAlias = (alias: string, model: string, options: AnswerOptions = {}) =>
    createFileAlias(contextOf(), {
      alias,
      ...localFile(model),
      requestParams: {},
      contextParams: {},
      options,
    })
  const inFlightOf = (model: string) =>
    engine.loaded().find(({ plan }) => plan.name === localName(model))?.inFlight
  const textOf = async (answer: StreamedAnswer): Promise<string> => {
    let text = ''
    for await (const batch of answer.batches) {
      for (const part of batch?.parts ?? []) if (part.type === 'text-delta') text += part.text
    }
    return text
  }

  it.each(['whole', 'stream'] as const)('answers, %s, and is recorded', async (mode) => {
    const ask = askFor(`local/${hello}`, { mode })
    const answer = mode === 'whole' ? await whole(ask) : await streamed(ask)
    const text = answer.status === 'whole' ? answer.outcome.reply.text : await textOf(answer)
    expect(text).toBe('Hello there!')
    expect(answer).toMatchObject({ isNative: true, provider: 'local', providerModel: hello })
    const { attributes, status } = await stored(answer)
    expect(status).toBe('ok')
    expect(attributes).toMatchObject({
      'llm.provider': 'local',
      'llm.model': hello,
      'llm.completion': text,
      'llm.finish_reason': 'stop',
      'llm.tokens.input': prompt.tokens,
      'llm.tokens.output': 3,
      'llm.tokens.total': prompt.tokens + 3,
    })
    expect(await logOf(answer)).toMatchObject({ events: [], totalSteps: 0 })
  })

  it('is told what only engines know by who speaks its dialect', async () => {
    const fields = { grammar: 'root ::= " there" "!"', top_k: 5, min_p: 0.1, repeat_penalty: 1.1 }
    const answer = await whole(askFor(hello, { fields }))
    expect(answer.outcome.reply.text).toBe(' there!')
    const refused = await askModel(contextOf(), askFor(hello, { fields: { top_k: 'x' } }), never)
    expect(refused).toMatchObject({
      status: 'failed',
      outcome: { failure: { kind: 'status', status: 400 } },
    })
  })

  it('goes on with a text', async () => {
    const body = { model: hello, prompt: 'Say', max_tokens: 20 }
    const answer = await whole(askFor(hello, { wire: 'openai-completions', body }))
    expect(answer).toMatchObject({ isNative: true, outcome: { reply: { text: 'Hello there!' } } })
  })

  it('costs nothing that anybody knows, whatever its file is called', async () => {
    await fileAlias('gpt-4o', 'gpt-4o')
    const answer = await whole(askFor('gpt-4o'))
    expect(answer).toMatchObject({ provider: 'local', providerModel: localName('gpt-4o') })
    expect(answer.outcome.price).toEqual({ status: 'unknown', reason: 'unknown-model' })
    expect((await stored(answer)).attributes).not.toHaveProperty(['llm.cost_usd'])
    const ctx = contextOf()
    for (const model of ['gpt-4o', 'openai/gpt-4o', 'claude-sonnet-4-6', 'tiny/gpt-4o:F32']) {
      for (const book of ['market', 'beacon'] as const) {
        const usage = { ...answer.outcome.usage, inputTokens: 10, outputTokens: 5 }
        const price = ctx.price({ provider: 'local', model, usage, at: 1_700_000_000, book })
        expect(price).toMatchObject({ status: 'unknown' })
      }
    }
  })

  it.each(['whole', 'stream'] as const)('notes its tokens when asked, %s', async (mode) => {
    const ask = askFor(hello, { mode, traceTokens: 2 })
    const answer = mode === 'whole' ? await whole(ask) : await streamed(ask)
    if (answer.status === 'stream') await textOf(answer)
    const log = await logOf(answer)
    expect(log).toMatchObject({
      status: 'ok',
      totalSteps: 4,
      model_id: hello,
      max_steps: 20,
      user_prompt: 'Say hello.',
      final_text: 'Hello there!',
      sequence_confidence: expect.closeTo(1, 3),
      inference_stats: {
        prompt_tokens: prompt.tokens,
        generated_tokens: 3,
        total_tokens: prompt.tokens + 3,
      },
      steps: ['Hello', ' there', '!'].map((text, index) => ({
        step_index: index + 1,
        token_text: text,
        forced: false,
      })),
    })
    expect(log['final_tokens']).toHaveLength(3)
    const events = log['events'] as Record<string, unknown>[]
    expect(events.map(({ event_type: type }) => type)).toEqual([
      'Prefilled',
      ...Array.from({ length: 3 }, () => ['ForwardPass', 'Sampled', 'Added']).flat(),
    ])
    expect(events[0]).toMatchObject({
      prompt_length: prompt.tokens,
      input_text: expect.stringMatching(prompt.text),
    })
    expect(events[1]?.['top_tokens']).toMatchObject([
      { token_str: 'Hello', logprob: expect.closeTo(0, 3) },
      { logprob: expect.any(Number) },
    ])
    const { startTime, endTime } = await stored(answer)
    for (const { created_at: at } of events) {
      const seconds = Date.parse(String(at)) / 1000
      expect(seconds).toBeGreaterThanOrEqual(startTime - 0.001)
      expect(seconds).toBeLessThanOrEqual((endTime ?? 0) + 0.001)
    }
  })

  it('notes its tokens when its name says so, unless a question says otherwise', async () => {
    await fileAlias('noted', 'greeter', { traceTokens: 0 })
    const answer = await whole(askFor('noted'))
    const [first] = (await logOf(answer))['steps'] as Record<string, unknown>[]
    expect(first).toMatchObject({ token_text: 'Hello', prob: expect.closeTo(1, 3) })
    const more = await whole(askFor(localName('embedder'), { traceTokens: 3 }))
    const { events } = (await logOf(more)) as { events: { top_tokens: unknown[] | null }[] }
    expect(events[1]?.top_tokens?.length).toBeGreaterThanOrEqual(3)
  })

  it('notes nothing of a provider elsewhere', async () => {
    const answer = await whole(askFor('openai/gpt-4o-mini', { traceTokens: 5 }))
    expect(await logOf(answer)).toMatchObject({ status: 'ok', events: [], totalSteps: 0 })
    expect(fakeOf('openai').requests.at(-1)?.text).not.toContain('trace')
  })

  it('keeps the tokens of a call whose client left', async () => {
    const stop = new AbortController()
    const fields = { max_tokens: 4000 }
    const ask = askFor(localName('endless'), { mode: 'stream', traceTokens: 1, fields })
    const answer = await streamed(ask, stop.signal)
    let text = ''
    for await (const batch of answer.batches) {
      for (const part of batch?.parts ?? []) if (part.type === 'text-delta') text += part.text
      if (text !== '') stop.abort()
    }
    expect(await stored(answer)).toMatchObject({ status: 'error', errorMessage: 'cancelled' })
    const log = await logOf(answer)
    const tokens = log['final_tokens'] as number[]
    expect(log).toMatchObject({ status: 'error', final_text: text })
    expect(tokens.length).toBeGreaterThan(0)
    expect(tokens.length).toBeLessThan(4000)
    expect(log['steps']).toHaveLength(tokens.length)
    await expect.poll(() => inFlightOf('endless')).toBe(0)
  })

  it('keeps the tokens of an answer that nobody waited for', async () => {
    const stop = new AbortController()
    const fields = { max_tokens: 4000 }
    const ask = askFor(localName('endless'), { traceTokens: 1, fields })
    const notes: TokenTrace[] = []
    const post = engine.post.bind(engine)
    vi.spyOn(engine, 'post').mockImplementationOnce((plan, request) => {
      const onTrace = (trace: TokenTrace) => {
        notes.push(trace)
        request.onTrace?.(trace)
      }
      return post(plan, { ...request, onTrace })
    })
    const asked = askModel(contextOf(), ask, stop.signal)
    await expect.poll(() => notes[0]?.tokens.length ?? 0).toBeGreaterThan(0)
    stop.abort()
    const answer = await asked
    expect(answer).toMatchObject({ status: 'failed', outcome: { failure: { kind: 'cancelled' } } })
    const { final_tokens: tokens } = (await logOf(answer)) as { final_tokens: number[] }
    expect(tokens.length).toBeGreaterThan(0)
    expect(tokens.length).toBeLessThan(4000)
    await expect.poll(() => inFlightOf('endless')).toBe(0)
  })

  it('keeps the tokens of a call that broke off, and the next one is answered', async () => {
    const fields = { max_tokens: 4000 }
    const ask = askFor(localName('endless'), { mode: 'stream', traceTokens: 1, fields })
    const answer = await streamed(ask)
    let isKilled = false
    for await (const batch of answer.batches) {
      if (isKilled || !batch?.parts.some(({ type }) => type === 'text-delta')) continue
      const loaded = engine.loaded().find(({ plan }) => plan.name === localName('endless'))
      if (loaded?.pid) isKilled = process.kill(loaded.pid, 'SIGKILL')
    }
    expect(await answer.outcome).toMatchObject({
      status: 'failed',
      failure: { kind: 'unusable', reason: expect.stringContaining('SIGKILL') },
    })
    const span = await stored(answer)
    expect(span).toMatchObject({ status: 'error', errorMessage: expect.stringContaining('died') })
    const { final_tokens: tokens } = (await logOf(answer)) as { final_tokens: number[] }
    expect(tokens.length).toBeGreaterThan(0)
    const again = await whole(askFor(localName('endless'), { fields: { max_tokens: 2 } }))
    expect(again.outcome.usage.outputTokens).toBe(2)
  })

  it('is asked anew for tokens, although an answer is kept', async () => {
    await fileAlias('kept here', 'greeter', { cacheSeconds: 60 })
    const answers = []
    for (const traceTokens of [null, null, 0]) {
      answers.push(await whole(askFor('kept here', { traceTokens })))
    }
    expect(answers.map(({ cache }) => cache)).toEqual(['miss', 'hit', null])
    const last = answers.at(-1)
    expect(last && (await logOf(last))).toMatchObject({ totalSteps: 4 })
  })

  it.each([
    ['cannot be loaded', 'broken'],
    ['has no template for chats', 'wordless'],
  ])('makes room for another where it %s', async (_, name) => {
    await router(`${name} first`, `local/${localName(name)}`, 'openai/gpt-4o-mini')
    const ctx = contextOf()
    const answer = await whole(askFor(`${name} first`), ctx)
    expect(answer.provider).toBe('openai')
    // It rests for a while.
    const again = await whole(askFor(`${name} first`), ctx)
    expect(again.provider).toBe('openai')
    const attempts = await store.db.read((tx) =>
      tx.db
        .selectFrom('spans')
        .select(['parent_span_id', 'status'])
        .where('name', '=', `attempt local/${localName(name)}`)
        .execute(),
    )
    expect(attempts).toEqual([{ parent_span_id: answer.spanId, status: 'error' }])
  })

  it('says what is wrong where there is no other', async () => {
    const failureOf = async (name: string) => {
      const answer = await askModel(contextOf(), askFor(localName(name)), never)
      if (answer.status !== 'failed') throw new Error(`The answer is ${answer.status}`)
      return answer.outcome.failure
    }
    expect(await failureOf('wordless')).toMatchObject({
      status: 400,
      body: expect.stringContaining('"chat_template_missing"'),
    })
    expect(await failureOf('broken')).toMatchObject({
      status: 422,
      body: expect.stringContaining('"gguf_metadata_error-'),
    })
  })

  it('counts what a question would take, to the token', async () => {
    const { wire, body, read, fieldOf, hops } = askFor(hello, { wire: 'anthropic-messages' })
    const question = { wire, model: hello, body, read, fieldOf, hops }
    expect(await countTokens(contextOf(), question, never)).toEqual({
      status: 'counted',
      inputTokens: prompt.tokens,
    })
  })

  it.each(['openai-embeddings', 'ollama-embed'] as const)('makes vectors: %s', async (wire) => {
    const model = localName('embedder')
    const answer = await embed(
      contextOf(),
      {
        wire,
        model,
        body: { model, input: ['Hi', 'you'] },
        form: 'float',
        read: () => ({
          request: { input: { kind: 'texts', texts: ['Hi', 'you'] } },
          nativeOnly: [],
        }),
        hops: 0,
        traceparent: undefined,
        requestId: 'req-1',
      },
      never,
    )
    expect(answer).toMatchObject({
      status: 'embedded',
      isNative: wire === 'openai-embeddings',
      provider: 'local',
      outcome: { reply: { lists: [{ dimensions: 64 }, { dimensions: 64 }] } },
    })
    expect((await stored(answer)).attributes).toMatchObject({ 'llm.embeddings.count': 2 })
  })
})
