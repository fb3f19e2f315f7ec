import { expect, it } from 'vitest'
import { callerWith, ownerCaller } from '../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { providerKinds, useFourProviders } from '../../../test/support/four-providers.ts'
import { createAlias } from '../models/index.ts'
import { attributesOf, getSpan, ingestSpans } from '../traces/index.ts'
import { sampleSpan } from '../../../test/support/sample-span.ts'
import type { Answer, CallBatch, StreamedAnswer, WholeAnswer } from './answer.ts'
import { askModel } from './ask-model.ts'
import type { Ask } from './ask.ts'
import { fromChatMessages } from './chat-messages.ts'
import type { CompletionPart } from './part.ts'

const never = new AbortController().signal

/** A question in OpenAI's dialect, of which only messages, temperature and `top_k` are read. */
function askFor(model: string, given: Partial<Ask> = {}): Ask {
  const messages = [{ role: 'user', content: 'Say hello' }]
  const body = { model, messages, temperature: 0.5 }
  return {
    wire: 'openai-chat',
    model,
    body,
    mode: 'whole',
    read: (read) => {
      const { temperature, logit_bias: bias } = read
      const options = typeof temperature === 'number' ? { temperature } : {}
      const request = { model, messages: fromChatMessages(read['messages']), options }
      return { request, nativeOnly: bias === undefined ? [] : ['logit_bias'] }
    },
    fieldOf: (option) => `field of ${option}`,
    hops: 0,
    traceparent: undefined,
    requestId: 'req-1',
    ...given,
  }
}

const models = {
  openai: 'openai/gpt-4o-mini',
  anthropic: 'anthropic/claude-haiku-4-5',
  google: 'google/gemini-2.5-flash',
  ollama: 'ollama/llama3.2',
} as const

describeEachDatabase('a model asked by its name', (store) => {
  const { fakeOf, contextOf } = useFourProviders(store)

  const whole = async (ask: Ask, ctx = contextOf()): Promise<WholeAnswer> => {
    const answer = await askModel(ctx, ask, never)
    if (answer.status !== 'whole') throw new Error(`The answer is ${answer.status}`)
    return answer
  }
  const streamed = async (ask: Ask, signal = never): Promise<StreamedAnswer> => {
    const body = { ...ask.body, stream: true }
    const answer = await askModel(contextOf(), { ...ask, body, mode: 'stream' }, signal)
    if (answer.status !== 'stream') throw new Error(`The answer is ${answer.status}`)
    return answer
  }
  const stored = async ({ spanId }: Pick<Answer, 'spanId'>) => {
    const span = await getSpan(contextOf(), spanId)
    return { ...span, attributes: attributesOf(span) }
  }
  const aliasOf = async (name: string, models: readonly string[], cacheSeconds?: number) => {
    const ctx = contextOf()
    const targets = models.map((model) => ({ model, isEnabled: true }))
    const strategy = 'fallback' as const
    const options = cacheSeconds === undefined ? { strategy } : { strategy, cacheSeconds }
    await createAlias(ctx, name, { targets, requestParams: {}, options })
    return ctx
  }

  it('hands a request on as it came to a provider of the same dialect, and records it', async () => {
    const body = { ...askFor('openai/gpt-4o-mini').body, logit_bias: { 50256: -100 } }
    const answer = await whole(askFor('openai/gpt-4o-mini', { body }))
    const sent = fakeOf('openai').requests.at(-1)?.body
    expect(sent).toEqual({ ...body, model: 'gpt-4o-mini' })
    expect(answer).toMatchObject({ isNative: true, provider: 'openai', model: models.openai })
    expect(JSON.parse(answer.event?.data ?? '')).toMatchObject({ object: 'chat.completion' })
    const span = await stored(answer)
    expect(span).toMatchObject({
      name: `chat ${models.openai}`,
      spanType: 'llm_call',
      status: 'ok',
    })
    expect(span.attributes).toMatchObject({
      'llm.provider': 'openai',
      'llm.model': 'gpt-4o-mini',
      'llm.request': JSON.stringify(sent),
      'llm.completion': answer.outcome.reply.text,
      'gateway.wire': 'openai-chat',
      'gateway.caller': 'local',
      'gateway.request_id': 'req-1',
    })
    expect(span.attributes['llm.cost_usd']).toBeGreaterThan(0)
    expect(answer.headers).toMatchObject({
      'x-pharos-trace-id': span.traceId,
      'x-pharos-span-id': span.spanId,
    })
  })

  it.each(['anthropic', 'google', 'ollama'] as const)('is translated for %s', async (kind) => {
    const ask = askFor(models[kind])
    const answer = await whole(ask)
    expect(answer.isNative).toBe(false)
    const span = await stored(answer)
    expect(span.attributes).toMatchObject({ 'gateway.request': JSON.stringify(ask.body) })
    expect(answer.outcome.reply.text).toBe(span.attributes['llm.completion'])
  })

  it('refuses what a provider of another dialect cannot be told, naming the field', async () => {
    const body = { ...askFor(models.google).body, logit_bias: {} }
    const asked = fakeOf('anthropic').requests.length
    await expect(
      askModel(contextOf(), askFor(models.anthropic, { body }), never),
    ).rejects.toMatchObject({
      code: 'invalid',
      details: { reason: 'unsupported_parameter', param: 'logit_bias' },
    })
    expect(fakeOf('anthropic').requests).toHaveLength(asked)
  })

  it.each(providerKinds)('streams what %s says and ends after its span is stored', async (kind) => {
    const answer = await streamed(askFor(models[kind]))
    const parts: CompletionPart[] = []
    for await (const batch of answer.batches) parts.push(...(batch?.parts ?? []))
    const span = await stored(answer)
    const text = parts.flatMap((part) => (part.type === 'text-delta' ? [part.text] : [])).join('')
    expect(text).not.toBe('')
    expect(span.attributes['llm.completion']).toBe(text)
    expect(span.attributes['llm.time_to_first_token_ms']).toBeGreaterThan(0)
    expect(await answer.outcome).toMatchObject({ status: 'completed' })
  })

  it('shows a call that lasts while it runs', async () => {
    const gate = Promise.withResolvers<void>()
    const pause = (index: number) => (index === 2 ? gate.promise : undefined)
    fakeOf('openai').next({ type: 'reply', text: ['One', ' two'], pause })
    const answer = await streamed(askFor(models.openai))
    const reading = Array.fromAsync(answer.batches)
    await expect
      .poll(() =>
        stored(answer).then(
          ({ status }) => status,
          () => 'none',
        ),
      )
      .toBe('unset')
    gate.resolve()
    await reading
    expect(await stored(answer)).toMatchObject({ status: 'ok' })
  })

  it('keeps the partial text of a call whose client left, and closes the provider’s socket', async () => {
    const fake = fakeOf('openai')
    const closed = fake.requests.filter(({ closedByClientAt }) => closedByClientAt !== null).length
    fake.next({ type: 'hang', afterChunks: 3, reply: { text: ['One', ' two'] } })
    const stop = new AbortController()
    const answer = await streamed(askFor(models.openai), stop.signal)
    let text = ''
    for await (const batch of answer.batches) {
      text += textOf(batch)
      if (text === 'One two') stop.abort()
    }
    expect(await stored(answer)).toMatchObject({
      status: 'error',
      errorMessage: 'cancelled',
      attributes: { 'llm.completion': 'One two', 'llm.error_kind': 'cancelled' },
    })
    await fake.untilClosed(closed + 1)
  })

  it('closes its span when the reader leaves in the middle', async () => {
    fakeOf('openai').next({ type: 'hang', afterChunks: 3, reply: { text: ['One', ' two'] } })
    const answer = await streamed(askFor(models.openai))
    for await (const batch of answer.batches) if (textOf(batch) !== '') break
    expect(await stored(answer)).toMatchObject({ status: 'error', errorMessage: 'cancelled' })
  })

  it('stores what each of several answers said', async () => {
    const message = (content: string) => ({ message: { role: 'assistant', content } })
    const choices = ['A', 'B', 'C'].map((text, index) => ({ index, ...message(text) }))
    fakeOf('openai').next({ type: 'raw', body: JSON.stringify({ choices }) })
    const span = await stored(await whole(askFor(models.openai)))
    expect(span.attributes).toMatchObject({
      'llm.completion': 'A',
      'llm.other_completions': ['B', 'C'],
    })
  })

  it('tells of a failure before the first part, and stores it', async () => {
    fakeOf('openai').next({ type: 'status', status: 400, message: 'no such thing' })
    const answer = await askModel(contextOf(), askFor(models.openai, { mode: 'stream' }), never)
    expect(answer).toMatchObject({
      status: 'failed',
      outcome: { failure: { kind: 'status', status: 400 } },
    })
    expect(await stored(answer)).toMatchObject({ status: 'error' })
  })

  it('leaves no span open when a fault of our own ends it before the first part', async () => {
    const broken = { ...contextOf().upstream, post: () => Promise.reject(new TypeError('ours')) }
    const ask = askFor('openai/gpt-broken')
    const ctx = contextOf({ upstream: broken })
    await expect(askModel(ctx, ask, never)).rejects.toThrow('ours')
    const spans = await store.db.read((tx) =>
      tx.db
        .selectFrom('spans')
        .select(['status', 'error_message'])
        .where('name', '=', 'chat openai/gpt-broken')
        .execute(),
    )
    expect(spans).toEqual([{ status: 'error', error_message: 'Internal error' }])
  })

  it('falls back to the next target, and the trace shows each attempt', async () => {
    const ctx = await aliasOf('team/best', [models.openai, models.anthropic])
    fakeOf('openai').next({ type: 'status', status: 503, message: 'overloaded' })
    const asked = fakeOf('openai').requests.length
    const answer = await whole(askFor('team/best'), ctx)
    expect(fakeOf('openai').requests).toHaveLength(asked + 1)
    expect(answer).toMatchObject({ model: 'team/best', provider: 'anthropic' })
    const span = await stored(answer)
    expect(span).toMatchObject({ status: 'ok', attributes: { 'gateway.alias': 'team/best' } })
    const attempts = await childrenOf(span.spanId)
    expect(attempts).toEqual([{ name: 'attempt openai/gpt-4o-mini', status: 'error' }])
  })

  it('does not ask another when the request itself is at fault', async () => {
    const ctx = await aliasOf('two', [models.openai, models.anthropic])
    fakeOf('openai').next({ type: 'status', status: 422, message: 'bad schema' })
    const asked = fakeOf('anthropic').requests.length
    const answer = await askModel(ctx, askFor('two'), never)
    expect(answer).toMatchObject({ status: 'failed', provider: 'openai' })
    expect(fakeOf('anthropic').requests).toHaveLength(asked)
  })

  it('continues a trace, but not that of somebody else', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`
    const first = await whole(askFor(models.openai, { traceparent }))
    expect(await stored(first)).toMatchObject({ traceId, parentSpanId: 'b7ad6b7169203331' })
    const foreign = sampleSpan({ traceId: '1af7651916cd43dd8448eb211c80319c' })
    const other = contextOf({ caller: ownerCaller('somebody else', 'traces:write') })
    await ingestSpans(other, [foreign], 100)
    const caller = ownerCaller('somebody', 'completions:run', 'traces:read')
    const ask = askFor(models.openai, { traceparent: `00-${foreign.traceId}-b7ad6b7169203331-01` })
    const own = await whole(ask, contextOf({ caller }))
    expect(own.traceId).not.toBe(foreign.traceId)
    expect(await stored(own)).toMatchObject({ traceId: own.traceId, parentSpanId: null })
  })

  it('gives a kept answer again, to the same caller only, and asks nobody', async () => {
    const ctx = await aliasOf('kept', [models.openai], 60)
    const first = await whole(askFor('kept'), ctx)
    const asked = fakeOf('openai').requests.length
    const second = await whole(askFor('kept'), ctx)
    expect([first.cache, second.cache]).toEqual(['miss', 'hit'])
    expect(second.event?.data).toBe(first.event?.data)
    expect(second.outcome.reply).toEqual(first.outcome.reply)
    expect(fakeOf('openai').requests).toHaveLength(asked)
    const span = await stored(second)
    expect(span.attributes).toMatchObject({ 'gateway.cache': 'hit', 'llm.cost_usd': 0 })
    const other = contextOf({ caller: ownerCaller('another', 'completions:run', 'traces:read') })
    expect(await whole(askFor('kept'), other)).toMatchObject({ cache: 'miss' })
  })

  it('needs the scope, before anything is looked up', async () => {
    const ctx = contextOf({ caller: callerWith('models:read') })
    await expect(askModel(ctx, askFor('openai/x'), never)).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  async function childrenOf(parentSpanId: string) {
    return store.db.read((tx) =>
      tx.db
        .selectFrom('spans')
        .select(['name', 'status'])
        .where('parent_span_id', '=', parentSpanId)
        .execute(),
    )
  }
})

function textOf(batch: CallBatch | null): string {
  const parts = batch?.parts ?? []
  return parts.flatMap((part) => (part.type === 'text-delta' ? [part.text] : [])).join('')
}
