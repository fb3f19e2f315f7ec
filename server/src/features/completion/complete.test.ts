import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { callerWith, ownerCaller } from '../../../test/support/caller.ts'
import {
  completionContext,
  connectionTo,
  providerKey,
  sampleCall,
  type SampleCall,
} from '../../../test/support/completion-context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { startFakeProvider, type FakeProvider } from '../../../test/support/fake-provider.ts'
import { sampleSpan } from '../../../test/support/sample-span.ts'
import type { Database } from '../../platform/db/database.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { openUpstream } from '../../platform/upstream/open-upstream.ts'
import type { Upstream } from '../../platform/upstream/upstream.ts'
import { localCaller } from '../identity/index.ts'
import { getSpan, ingestSpans, type Span } from '../traces/index.ts'
import type { SpanPlace } from './call-span.ts'
import { complete } from './complete.ts'
import type { CompletionContext } from './powers.ts'

const quietly = { announce: 'never' } as const

describeEachDatabase('a recorded completion', (store) => {
  let fake: FakeProvider
  let upstream: Upstream
  beforeAll(async () => {
    fake = await startFakeProvider('openai')
    upstream = openUpstream({ sleep: async () => undefined })
  })
  afterEach(() => {
    fake.always({ type: 'reply' })
  })
  afterAll(async () => {
    await upstream[Symbol.asyncDispose]()
    await fake[Symbol.asyncDispose]()
  })

  const contextOf = (given: Partial<CompletionContext> = {}) =>
    completionContext(store, upstream, given)
  const callOf = (given: SampleCall = {}) => sampleCall(connectionTo('openai', fake.url), given)
  const placeOf = (given: Partial<SpanPlace> = {}): SpanPlace => ({
    spanId: randomUUID(),
    traceId: randomUUID(),
    parentSpanId: null,
    name: 'a call',
    startTime: 1_700_000_000,
    ...given,
  })
  const stored = async (
    place: SpanPlace,
  ): Promise<Span & { attributes: Record<string, unknown> }> => {
    const span = await getSpan(contextOf(), place.spanId)
    return { ...span, attributes: JSON.parse(span.attributesJson) }
  }
  const runningIds = async (): Promise<string[]> => {
    const rows = await store.db.read((tx) =>
      tx.db.selectFrom('running_spans').select('span_id').execute(),
    )
    return rows.map((row) => row.span_id)
  }

  it('leaves a span with the exact request, the reply, tokens, cost and attempts', async () => {
    const call = callOf()
    const place = placeOf({ attributes: { playground: true } })
    const outcome = await complete(contextOf(), call, place, quietly)
    const span = await stored(place)
    expect(span).toMatchObject({
      spanType: 'llm_call',
      name: 'a call',
      status: 'ok',
      errorMessage: null,
      startTime: 1_700_000_000,
      endTime: outcome.endedAt,
    })
    expect(span.attributes).toEqual({
      playground: true,
      'llm.provider': 'openai',
      'llm.model': 'gpt-4o-mini',
      'llm.prompt': '[{"role":"user","content":"Say hello"}]',
      'llm.temperature': 0.5,
      'llm.max_tokens': 50,
      'llm.completion': 'Hello there!',
      'llm.tokens.input': 10,
      'llm.tokens.output': 2,
      'llm.tokens.total': 12,
      'llm.tokens.cache_read': 4,
      'llm.tokens.reasoning': 1,
      'llm.cost_usd': expect.closeTo((10 * 0.15 + 2 * 0.6) / 1e6, 12),
      'llm.finish_reason': 'stop',
      'llm.request': fake.requests.at(-1)?.text,
      'llm.attempts': 1,
    })
    expect(JSON.parse(span.priceJson ?? '')).toMatchObject({ model: 'gpt-4o-mini' })
  })

  it('is on disk, unset and noted as running, before the provider is asked', async () => {
    const ctx = contextOf()
    const place = placeOf()
    let seen: unknown
    fake.next(async () => {
      const { status, attributes, endTime } = await stored(place)
      seen = { status, endTime, attributes, isNoted: (await runningIds()).includes(place.spanId) }
      return { type: 'reply' }
    })
    await complete(ctx, callOf(), place, quietly)
    expect(seen).toEqual({
      status: 'unset',
      endTime: null,
      attributes: {
        'llm.provider': 'openai',
        'llm.model': 'gpt-4o-mini',
        'llm.prompt': '[{"role":"user","content":"Say hello"}]',
        'llm.temperature': 0.5,
        'llm.max_tokens': 50,
        'llm.request': fake.requests.at(-1)?.text,
      },
      isNoted: true,
    })
    expect(await runningIds()).not.toContain(place.spanId)
  })

  it('records what a stream adds: time to first token, tools, another model', async () => {
    fake.next({
      type: 'reply',
      text: 'Look',
      toolCalls: [{ id: 'c1', name: 'find', arguments: { a: 1 } }],
      model: 'gpt-4o-mini-2024-07-18',
    })
    const place = placeOf()
    const outcome = await complete(contextOf(), callOf({ mode: 'stream' }), place, quietly)
    const { attributes } = await stored(place)
    expect(attributes).toMatchObject({
      'llm.completion': 'Look',
      'llm.tool_calls':
        '[{"id":"c1","type":"function","function":{"name":"find","arguments":"{\\"a\\":1}"}}]',
      'llm.model': 'gpt-4o-mini',
      'llm.response_model': 'gpt-4o-mini-2024-07-18',
      'llm.time_to_first_token_ms': expect.closeTo(outcome.timeToFirstTokenMs ?? -1, 2),
    })
  })

  it('says nothing of tokens and cost that the provider did not tell', async () => {
    fake.next({ type: 'reply', usage: null })
    const place = placeOf()
    const outcome = await complete(contextOf(), callOf(), place, quietly)
    expect(outcome.usage.inputTokens).toBeNull()
    const { attributes, costUsd, totalTokens } = await stored(place)
    const names = Object.keys(attributes).filter((name) => /tokens|cost/u.test(name))
    expect(names).toEqual(['llm.max_tokens'])
    expect({ costUsd, totalTokens }).toEqual({ costUsd: null, totalTokens: null })
  })

  it('writes a cost of 0 for an unknown model only by the rule of Beacon', async () => {
    const model = 'house-model-of-nobody'
    const [byBeacon, byMarket] = [placeOf(), placeOf()]
    await complete(contextOf(), callOf({ model, book: 'beacon' }), byBeacon, quietly)
    await complete(contextOf(), callOf({ model, book: 'market' }), byMarket, quietly)
    expect((await stored(byBeacon)).attributes).toHaveProperty(['llm.cost_usd'], 0)
    expect((await stored(byMarket)).attributes).not.toHaveProperty(['llm.cost_usd'])
  })

  it('shows what could not be asked as warnings', async () => {
    const place = placeOf()
    const options = { temperature: 0.5, topK: 5 }
    await complete(contextOf(), callOf({ request: { options } }), place, quietly)
    const { attributes } = await stored(place)
    expect(attributes['llm.warnings']).toEqual([expect.stringMatching(/top_?k/iu)])
  })

  it('leaves an error span with what was received when the provider fails', async () => {
    fake.next({ type: 'nonsense' })
    const place = placeOf()
    await complete(contextOf(), callOf(), place, quietly)
    const span = await stored(place)
    expect(span).toMatchObject({ status: 'error', errorMessage: expect.stringContaining('OpenAI') })
    expect(span.attributes).toEqual({
      'llm.provider': 'openai',
      'llm.model': 'gpt-4o-mini',
      'llm.prompt': '[{"role":"user","content":"Say hello"}]',
      'llm.request': fake.requests.at(-1)?.text,
      'llm.attempts': 1,
      'llm.error_kind': 'unusable',
      'llm.response': '<html><body>It works!</body></html>',
    })
  })

  it('cuts the reason after 200 characters unless the whole is wanted', async () => {
    const message = `${'é'.repeat(150)}🙂${'x'.repeat(400)}`
    const [cut, whole] = [placeOf(), placeOf()]
    fake.always({ type: 'status', status: 400, message })
    await complete(contextOf(), callOf(), cut, quietly)
    await complete(contextOf(), callOf(), whole, { ...quietly, errorMessage: 'whole' })
    const reasons = [await stored(cut), await stored(whole)].map((span) => span.errorMessage ?? '')
    const [cutReason = '', wholeReason = ''] = reasons
    expect(Array.from(cutReason)).toHaveLength(200)
    expect(wholeReason.startsWith(cutReason)).toBe(true)
    expect(Array.from(wholeReason).length).toBeGreaterThan(200)
    expect(cutReason.isWellFormed()).toBe(true)
  })

  it('never keeps the key, whatever the provider says', async () => {
    const places = [placeOf(), placeOf(), placeOf()]
    fake.next(
      { type: 'reply' },
      { type: 'status', status: 401, message: `wrong key ${providerKey}` },
      { type: 'raw', body: `<p>${providerKey}</p>` },
    )
    for (const place of places) await complete(contextOf(), callOf(), place, quietly)
    const spans = await Promise.all(places.map(stored))
    expect(spans.map(({ status }) => status)).toEqual(['ok', 'error', 'error'])
    expect(JSON.stringify(spans)).not.toContain(providerKey)
    expect(JSON.stringify(spans)).toContain('(secret)')
  })

  it('needs no scope to write traces, only that to run completions', async () => {
    const place = placeOf()
    const runner = contextOf({ caller: callerWith('completions:run') })
    expect(await complete(runner, callOf(), place, quietly)).toMatchObject({ status: 'completed' })
    expect(await stored(place)).toMatchObject({ status: 'ok' })
    const other = contextOf({ caller: callerWith('traces:write') })
    const refused = placeOf()
    await expect(complete(other, callOf(), refused, quietly)).rejects.toMatchObject({
      code: 'forbidden',
    })
    await expect(getSpan(contextOf(), refused.spanId)).rejects.toMatchObject({ code: 'not-found' })
  })

  it('asks nobody when its span cannot be opened', async () => {
    const asked = fake.requests.length
    const foreign = sampleSpan()
    await ingestSpans(contextOf({ caller: localCaller() }), [foreign], 100)
    const caller = ownerCaller('somebody', 'completions:run')
    const place = placeOf({ traceId: foreign.traceId })
    await expect(complete(contextOf({ caller }), callOf(), place, quietly)).rejects.toMatchObject({
      code: 'conflict',
    })
    expect(fake.requests).toHaveLength(asked)
  })

  it('tries again to store its end, and says so when that fails for good', async () => {
    const failing = (failures: number): Database => {
      let writes = 0
      const enqueue: Database['enqueue'] = (...input) => {
        writes += 1
        const mustFail = writes > 1 && writes <= failures + 1
        if (mustFail) return Promise.reject(new DomainError('unavailable', 'disk full'))
        return store.db.enqueue(...input)
      }
      return new Proxy(store.db, {
        get(db, name) {
          if (name === 'enqueue') return enqueue
          const value: unknown = Reflect.get(db, name, db)
          return typeof value === 'function' ? value.bind(db) : value
        },
      })
    }
    const [retried, lost] = [placeOf(), placeOf()]
    const lucky = contextOf({ db: failing(1) })
    expect(await complete(lucky, callOf(), retried, quietly)).toMatchObject({ status: 'completed' })
    expect(await stored(retried)).toMatchObject({ status: 'ok' })
    expect(lucky.logged).toHaveLength(1)
    const unlucky = contextOf({ db: failing(9) })
    expect(await complete(unlucky, callOf(), lost, quietly)).toMatchObject({ status: 'completed' })
    expect(unlucky.logged.at(-1)).toBe('the end of spans could not be stored')
    expect(await stored(lost)).toMatchObject({ status: 'unset' })
    expect(await runningIds()).toContain(lost.spanId)
  })

  it('leaves no span open when a fault of our own ends it', async () => {
    const call = callOf()
    const broken = {
      ...call,
      adapter: {
        ...call.adapter,
        readReply: () => {
          throw new TypeError('our fault')
        },
      },
    }
    const place = placeOf()
    await expect(complete(contextOf(), broken, place, quietly)).rejects.toThrow('our fault')
    expect(await stored(place)).toMatchObject({ status: 'error', errorMessage: 'Internal error' })
  })
})
