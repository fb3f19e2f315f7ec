import { expect, it } from 'vitest'
import { callerWith, ownerCaller } from '../../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../../test/support/database.ts'
import { useFourProviders } from '../../../../test/support/four-providers.ts'
import { fakeVector } from '../../../../test/support/fake-provider/embeddings.ts'
import { createApiKey, type Caller } from '../../identity/index.ts'
import { createAlias, type RequestDefaults } from '../../models/index.ts'
import { attributesOf, getSpan } from '../../traces/index.ts'
import { embed } from './embed.ts'
import type { EmbeddedAnswer, EmbeddingAnswer, EmbeddingAsk } from './embedding-ask.ts'

const never = new AbortController().signal
const models = {
  openai: 'openai/text-embedding-3-small',
  google: 'google/gemini-embedding-001',
  ollama: 'ollama/nomic-embed-text',
} as const

/** Two texts in OpenAI's dialect. */
function askFor(model: string, given: Partial<EmbeddingAsk> = {}): EmbeddingAsk {
  return {
    wire: 'openai-embeddings',
    model,
    body: { model, input: ['Hi', 'you'] },
    form: 'float',
    read: ({ odd }) => ({
      request: { input: { kind: 'texts', texts: ['Hi', 'you'] }, dimensions: 3 },
      nativeOnly: odd === undefined ? [] : ['odd'],
    }),
    hops: 0,
    traceparent: undefined,
    requestId: 'req-1',
    ...given,
  }
}

describeEachDatabase('vectors of a model asked by its name', (store) => {
  const { fakeOf, contextOf } = useFourProviders(store)

  const embedded = async (ask: EmbeddingAsk, ctx = contextOf()): Promise<EmbeddedAnswer> => {
    const answer = await embed(ctx, ask, never)
    if (answer.status !== 'embedded') throw new Error(answer.outcome.message)
    return answer
  }
  const stored = async ({ spanId }: Pick<EmbeddingAnswer, 'spanId'>) => {
    const span = await getSpan(contextOf(), spanId)
    return { ...span, attributes: attributesOf(span) }
  }
  const aliasOf = async (
    name: string,
    targets: readonly string[],
    requestParams: RequestDefaults = {},
  ) => {
    const ctx = contextOf()
    await createAlias(ctx, name, {
      targets: targets.map((model) => ({ model, isEnabled: true })),
      requestParams,
      options: { strategy: 'fallback' },
    })
    return ctx
  }

  it('come from a provider of the same dialect, which is asked as the client asked', async () => {
    const ask = askFor(models.openai)
    const body = { ...ask.body, encoding_format: 'base64', unheard_of: { a: [1] } }
    const answer = await embedded({ ...ask, body, form: 'base64' })
    const sent = fakeOf('openai').requests.at(-1)?.body
    expect(sent).toEqual({ ...body, model: 'text-embedding-3-small' })
    expect(answer).toMatchObject({ isNative: true, provider: 'openai', model: models.openai })
    expect(vectorsOf(answer)).toEqual(['AACAPwAAAL8AAIA+AAAAvg==', 'AAAAQAAAgL8AAAA/AACAvg=='])
    expect(await stored(answer)).toMatchObject({
      name: `embeddings ${models.openai}`,
      spanType: 'llm_call',
      status: 'ok',
      parentSpanId: null,
    })
  })

  it.each(['google', 'ollama'] as const)(
    'come from %s, which is asked in its words',
    async (kind) => {
      const answer = await embedded(askFor(models[kind]))
      expect(answer).toMatchObject({ isNative: false, provider: kind })
      expect(vectorsOf(answer)).toEqual([fakeVector(0, 3), fakeVector(1, 3)])
    },
  )

  it('are recorded as one call with its exact request, cost and size, but without them', async () => {
    const ask = askFor(models.google)
    const answer = await embedded(ask)
    const { attributes } = await stored(answer)
    expect(attributes).toEqual({
      'gateway.wire': 'openai-embeddings',
      'gateway.model': models.google,
      'gateway.caller': 'local',
      'gateway.request_id': 'req-1',
      'gateway.request': JSON.stringify(ask.body),
      'llm.provider': 'google',
      'llm.model': 'gemini-embedding-001',
      'llm.request': fakeOf('google').requests.at(-1)?.text,
      'llm.embeddings.count': 2,
      'llm.embeddings.dimensions': 3,
      'llm.tokens.input': 10,
      'llm.tokens.output': 0,
      'llm.tokens.total': 10,
      'llm.cost_usd': expect.closeTo((10 * 0.15) / 1e6, 12),
      'llm.attempts': 1,
    })
    const { spanId, traceId, headers } = answer
    expect(headers).toEqual({ 'x-pharos-trace-id': traceId, 'x-pharos-span-id': spanId })
  })

  it('have no usage and no price where nobody tells what was read', async () => {
    fakeOf('google').next({ type: 'reply', usage: null })
    const { attributes } = await stored(await embedded(askFor(models.google)))
    expect(Object.keys(attributes).filter((name) => /tokens|cost/u.test(name))).toEqual([])
  })

  it('come in base64 even from a server that knows numbers only', async () => {
    const data = [{ object: 'embedding', index: 0, embedding: [1, -0.5] }]
    const body = JSON.stringify({ object: 'list', data, other: [[7, 8]] })
    fakeOf('openai').next({ type: 'raw', body })
    const answer = await embedded(askFor(models.openai, { form: 'base64' }))
    expect(vectorsOf(answer)).toEqual(['AACAPwAAAL8='])
    const { lists, told } = answer.outcome.reply
    expect(told['other']).toEqual([[1]])
    expect(lists[1]).toMatchObject({ form: 'float', dimensions: 2 })
  })

  it('come as the provider likes them where the client asks for a form of its own', async () => {
    const body = { ...askFor(models.openai).body, encoding_format: 'base64' }
    const answer = await embedded(askFor(models.openai, { body, form: null }))
    expect(vectorsOf(answer)[0]).toBe('AACAPwAAAL8AAIA+AAAAvg==')
  })

  it.each([
    ['<html>', /invalid response/u],
    ['{"error":{"message":"no room"}}', /reported an error: no room/u],
    ['[]', /no object/u],
    ['{"embeddings":[{"values":[1]}]}', /1 vectors for 2 inputs/u],
    ['{"embeddings":[{"values":[1,NaN]},{"values":[1]}]}', /not JSON/u],
  ])('are none in %s', async (body, message) => {
    fakeOf('google').next({ type: 'raw', body })
    const answer = await embed(contextOf(), askFor(models.google), never)
    expect(answer).toMatchObject({
      status: 'failed',
      outcome: { failure: { kind: 'unusable', received: body } },
    })
    const span = await stored(answer)
    expect(span).toMatchObject({ status: 'error', attributes: { 'llm.response': body } })
    expect(span.errorMessage).toMatch(message)
  })

  it('are refused with the provider’s own status, and when to come back', async () => {
    const headers = { 'retry-after': '0' }
    fakeOf('openai').always({ type: 'status', status: 429, message: 'too many', headers })
    const answer = await embed(contextOf(), askFor(models.openai), never)
    expect(answer).toMatchObject({
      status: 'failed',
      outcome: { failure: { kind: 'status', status: 429, retryAfter: '0' }, attempts: 3 },
    })
    expect(await stored(answer)).toMatchObject({ attributes: { 'llm.error_kind': 'status' } })
  })

  it('break off with the provider, and with the client', async () => {
    fakeOf('openai').next({ type: 'drop', afterChunks: 1 })
    expect(await embed(contextOf(), askFor(models.openai), never)).toMatchObject({
      outcome: { failure: { kind: 'unusable', reason: expect.stringMatching(/broke off/u) } },
    })
    const asked = fakeOf('openai').requests.length
    fakeOf('openai').next({ type: 'hang', afterChunks: 1 })
    const stop = new AbortController()
    const asking = embed(contextOf(), askFor(models.openai), stop.signal)
    await fakeOf('openai').untilAsked(asked + 1)
    stop.abort('left')
    const answer = await asking
    expect(answer).toMatchObject({ outcome: { failure: { kind: 'cancelled' } } })
    expect(await stored(answer)).toMatchObject({ status: 'error', errorMessage: 'cancelled' })
    await fakeOf('openai').untilClosed()
  })

  it('come from the next target where one fails or cannot be asked, with each attempt', async () => {
    const unfit = 'anthropic/claude-haiku-4-5'
    const ctx = await aliasOf('team/vectors', [unfit, models.openai, models.google])
    const asked = fakeOf('openai').requests.length
    fakeOf('openai').next({ type: 'status', status: 503, message: 'overloaded' })
    const answer = await embedded(askFor('team/vectors'), ctx)
    expect(fakeOf('openai').requests).toHaveLength(asked + 1)
    expect(answer).toMatchObject({ model: 'team/vectors', provider: 'google' })
    const span = await stored(answer)
    expect(span.attributes).toMatchObject({ 'gateway.alias': 'team/vectors' })
    expect(await childrenOf(span.spanId)).toEqual([
      { name: 'attempt openai/text-embedding-3-small', status: 'error' },
    ])
  })

  it('come from no other target where the request itself is at fault', async () => {
    const ctx = await aliasOf('strict', [models.openai, models.google])
    const asked = fakeOf('google').requests.length
    fakeOf('openai').next({ type: 'status', status: 400, message: 'too long' })
    const answer = await embed(ctx, askFor('strict'), never)
    expect(answer).toMatchObject({ status: 'failed', provider: 'openai' })
    expect(fakeOf('google').requests).toHaveLength(asked)
  })

  it('are asked for in the name of an alias’ user, unless the client names one', async () => {
    const ctx = await aliasOf('signed', [models.openai], { user: 'team', temperature: 1 })
    const ask = askFor('signed')
    await embedded(ask, ctx)
    const sent = { ...ask.body, model: 'text-embedding-3-small' }
    expect(fakeOf('openai').requests.at(-1)?.body).toEqual({ ...sent, user: 'team' })
    await embedded({ ...ask, body: { ...ask.body, user: 'me' } }, ctx)
    expect(fakeOf('openai').requests.at(-1)?.body).toEqual({ ...sent, user: 'me' })
  })

  it('belong to the trace that the client names', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`
    const answer = await embedded(askFor(models.ollama, { traceparent }))
    expect(await stored(answer)).toMatchObject({ traceId, parentSpanId: 'b7ad6b7169203331' })
  })

  it.each([
    [models.google, { body: { odd: 1 } }, { code: 'invalid', details: { param: 'odd' } }],
    ['anthropic/x', {}, { code: 'invalid', details: { param: 'model' } }],
    [models.openai, { hops: 3 }, { code: 'precondition', details: { reason: 'loop_detected' } }],
    ['nobody-has-it', {}, { code: 'not-found', details: { reason: 'model_not_found' } }],
  ] as const)('of %s are refused before anybody is asked: %j', async (model, given, refusal) => {
    await expect(embed(contextOf(), askFor(model, given), never)).rejects.toMatchObject(refusal)
  })

  it('need the scope and no other, and a key that was given the model', async () => {
    const ask = askFor(models.openai)
    const other = contextOf({ caller: callerWith('completions:run') })
    await expect(embed(other, ask, never)).rejects.toMatchObject({ code: 'forbidden' })
    const answer = await embedded(ask, contextOf({ caller: callerWith('embeddings:run') }))
    expect(await stored(answer)).toMatchObject({ status: 'ok' })
    const granted = { ...keyCaller(), models: ['google/*'] }
    await expect(embed(contextOf({ caller: granted }), ask, never)).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  it('count against the limits of a key', async () => {
    const limits = { tokensPerMinute: 5, requestsPerMinute: 9 }
    const made = { name: 'k', scopes: ['embeddings:run'], expiresAt: null, limits } as const
    const { key } = await createApiKey(contextOf(), made)
    const ctx = contextOf({ caller: { ...keyCaller(), keyId: key.id, limits } })
    const answer = await embedded(askFor(models.openai), ctx)
    expect(answer.headers).toMatchObject({ 'x-ratelimit-remaining-requests': '8' })
    await expect(embed(ctx, askFor(models.openai), never)).rejects.toMatchObject({
      code: 'limit',
      details: { reason: 'rate_limit_exceeded' },
    })
  })

  it('that are long in coming are shown as asked for meanwhile', async () => {
    const gate = Promise.withResolvers<void>()
    const traceId = '2af7651916cd43dd8448eb211c80319c'
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`
    fakeOf('ollama').next({ type: 'reply', pause: () => gate.promise })
    const asking = embedded(askFor(models.ollama, { traceparent }))
    const states = () => spansOf(traceId).then((spans) => spans.map(({ status }) => status))
    await expect.poll(states).toEqual(['unset'])
    gate.resolve()
    await asking
    expect(await states()).toEqual(['ok'])
  })

  async function spansOf(traceId: string) {
    return store.db.read((tx) =>
      tx.db.selectFrom('spans').select('status').where('trace_id', '=', traceId).execute(),
    )
  }

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

function keyCaller(): Extract<Caller, { kind: 'apiKey' }> {
  const caller = ownerCaller('somebody', 'embeddings:run')
  if (caller.kind !== 'apiKey') throw new Error('It is no key')
  return caller
}

function vectorsOf({ outcome }: EmbeddedAnswer): unknown[] {
  const { lists, embeddings } = outcome.reply
  return embeddings.map((place): unknown => {
    return JSON.parse(Buffer.concat(lists[place]?.bytes ?? []).toString())
  })
}
