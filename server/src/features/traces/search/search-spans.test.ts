import fc from 'fast-check'
import { beforeEach, expect, it } from 'vitest'
import { describeEachDatabase } from '../../../../test/support/database.ts'
import { jobCaller, localCaller, type Caller } from '../../identity/index.ts'
import { ingestSpans } from '../ingest-spans.ts'
import { newSpan, type SpanInput } from '../span.ts'
import { searchSpans } from './search-spans.ts'

const keyOf = (subject: string): Caller => ({
  kind: 'apiKey',
  keyId: subject,
  userId: null,
  subject,
  scopes: new Set(['traces:read', 'traces:write']),
})

function span(spanId: string, given: Partial<SpanInput> = {}) {
  return newSpan({
    spanId,
    traceId: `trace-of-${spanId}`,
    parentSpanId: null,
    spanType: 'llm_call',
    name: 'plain',
    status: 'ok',
    errorMessage: 'in the error',
    startTime: 1000,
    endTime: null,
    sdkLanguage: 'python',
    attributes: {},
    ...given,
  })
}

describeEachDatabase('searching spans', (store) => {
  const clock = { nowSeconds: () => 1000, elapsedMs: () => 0 }
  const ctx = (caller: Caller = localCaller()) => ({ db: store.db, clock, caller })
  const ingest = async (spans: ReturnType<typeof span>[], caller?: Caller) =>
    ingestSpans(ctx(caller), spans, 1_000)
  const search = async (q: string, page = { limit: 50, offset: 0 }, caller?: Caller) =>
    searchSpans(ctx(caller), { q, ...page })
  const idsOf = async (q: string, caller?: Caller) =>
    (await search(q, undefined, caller)).results.map(({ spanId }) => spanId)

  beforeEach(async () => {
    await store.db.write(async (tx) => tx.db.deleteFrom('traces').execute())
  })

  it('finds any part of a name or of the attributes, whatever the case of ASCII letters', async () => {
    await ingest([
      span('a', { name: 'OpenAI.Chat', startTime: 3 }),
      span('b', { attributes: { via: 'openai.chat.completions' }, startTime: 2 }),
      span('c', { attributes: { error: 'rate_limit_exceeded' }, startTime: 1 }),
      span('d', { name: 'ÉTÉ', startTime: 0 }),
    ])
    expect(await idsOf('openai')).toEqual(['a', 'b'])
    expect(await idsOf('RATE_limit')).toEqual(['c'])
    expect(await idsOf('ÉtÉ')).toEqual(['d'])
    expect(await idsOf('été')).toEqual([])
    expect(await search('nowhere')).toEqual({ results: [], total: 0 })
  })

  it('finds derived attributes where the sent ones lack them', async () => {
    const mapped = { version: 1, attributes: { 'llm.model': 'gpt-derived', sent: 'hidden' } }
    await ingest([span('a', { attributes: { sent: 1 }, mapped }), span('b')])
    const { results } = await search('"llm.model":"GPT-d')
    expect(results).toMatchObject([
      { spanId: 'a', matchContext: '{"sent":1,"llm.model":"gpt-derived"}' },
    ])
    expect(await idsOf('hidden')).toEqual([])
  })

  it('takes %, _ and \\ as they are', async () => {
    await ingest([
      span('a', { name: '100% sure', startTime: 3 }),
      span('b', { attributes: { snake_case: 'C:\\temp' }, startTime: 2 }),
      span('c', { name: '100 times surely', attributes: { 'snake-case': 'x' }, startTime: 1 }),
    ])
    expect(await idsOf('0%')).toEqual(['a'])
    expect(await idsOf('e_c')).toEqual(['b'])
    expect(await idsOf(':\\t')).toEqual(['b'])
    expect(await idsOf('\\')).toEqual(['b'])
  })

  it('does not look at errors, ids, tags or the language', async () => {
    await ingest([span('hidden-id')])
    for (const q of ['in the error', 'hidden-id', 'trace-of', 'python', 'llm_call']) {
      expect(await search(q)).toEqual({ results: [], total: 0 })
    }
  })

  it('gives own hits first, then the other spans of traces so named, each once', async () => {
    await ingest([
      span('root', { traceId: 't', name: 'needle agent', startTime: 10 }),
      span('child', { traceId: 't', parentSpanId: 'root', startTime: 30 }),
      span('late', { traceId: 't', parentSpanId: 'root', startTime: 40 }),
      span('told', { attributes: { said: 'a NEEDLE here' }, startTime: 20 }),
    ])
    expect(await search('Needle')).toEqual({
      results: [
        {
          traceId: 'trace-of-told',
          spanId: 'told',
          name: 'plain',
          matchContext: '{"said":"a NEEDLE here"}',
        },
        { traceId: 't', spanId: 'root', name: 'needle agent', matchContext: 'needle agent' },
        { traceId: 't', spanId: 'late', name: 'plain', matchContext: 'plain' },
        { traceId: 't', spanId: 'child', name: 'plain', matchContext: 'plain' },
      ],
      total: 4,
    })
    const page = await search('needle', { limit: 2, offset: 1 })
    expect(page.total).toBe(4)
    expect(page.results.map(({ spanId }) => spanId)).toEqual(['root', 'late'])
    expect(await search('needle', { limit: 2, offset: 4 })).toEqual({ results: [], total: 4 })
  })

  it('finds what was said inside JSON inside JSON, and what no database takes as it is', async () => {
    const said = 'He said "no"\nat the Café \ud800\u0000.'
    await ingest([
      span('a', {
        attributes: { 'llm.prompt': JSON.stringify([{ role: 'user', content: said }]) },
      }),
    ])
    for (const q of ['"no"\nat', 'the Café', '"role": "user"', '\u0000.', '\ud800', said]) {
      expect(await idsOf(q)).toEqual(['a'])
    }
  })

  it('finds exactly the spans that an independent reading of the rule finds', async () => {
    const fold = (text: string) => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
    const inJson = (text: string) => JSON.stringify(text).slice(1, -1)
    const letters = Array.from('aBcéÉß%_{ \\"\n😀\u00a0')
    const text = fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 12 })
    const spans = fc
      .sample(fc.tuple(text, text), { numRuns: 60, seed: 1 })
      .map(([name, said], at) => ({
        spanId: `s${at}`,
        name,
        startTime: -at,
        attributes: { said },
      }))
    await ingest(spans.map((given) => span(given.spanId, given)))
    const query = fc.asyncProperty(text, fc.integer({ min: 1, max: 4 }), async (long, length) => {
      const q = Array.from(long).slice(0, length).join('')
      const forms = [q, inJson(q), inJson(inJson(q)), inJson(inJson(inJson(q)))].map(fold)
      const expected = spans.filter(({ name, attributes }) => {
        const json = fold(JSON.stringify(attributes))
        return fold(name).includes(fold(q)) || forms.some((form) => json.includes(form))
      })
      const found = await search(q, { limit: 200, offset: 0 })
      expect(found.results.map(({ spanId }) => spanId)).toEqual(
        expected.map(({ spanId }) => spanId),
      )
      expect(found.total).toBe(expected.length)
    })
    await fc.assert(query, { numRuns: 100 })
  })

  it('finds the present attributes of a span that was sent again, not the former ones', async () => {
    await ingest([span('a', { attributes: { was: 'former' } })])
    await ingest([span('a', { attributes: { is: 'present' } })])
    expect(await idsOf('former')).toEqual([])
    expect(await idsOf('present')).toEqual(['a'])
  })

  it('shows a caller who is limited to an owner nothing of others', async () => {
    await ingest([span('a', { name: 'needle a' })], keyOf('ann'))
    await ingest([span('b', { name: 'needle b' })], keyOf('bob'))
    await ingest([span('c', { name: 'needle c' })])
    expect((await search('needle')).total).toBe(3)
    expect(await idsOf('needle', keyOf('ann'))).toEqual(['a'])
    expect((await search('needle', undefined, keyOf('bob'))).total).toBe(1)
  })

  it('needs traces:read', async () => {
    const caller = jobCaller('test', ['traces:write'])
    await expect(search('needle', undefined, caller)).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('stops once nobody waits for it', async () => {
    await ingest([span('a')])
    const query = { q: 'plain', limit: 1, offset: 0 }
    await expect(searchSpans(ctx(), query, AbortSignal.abort())).rejects.toMatchObject({
      code: 'cancelled',
    })
  })
})
