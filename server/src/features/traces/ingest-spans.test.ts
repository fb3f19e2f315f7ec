import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { ownerCaller } from '../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { sampleSpan } from '../../../test/support/sample-span.ts'
import { expectedTraces, traceHistory } from '../../../test/support/trace-history.ts'
import { isSpansEvent } from './events.ts'
import { getSpan } from './get-span.ts'
import { ingestSpans, packSpans } from './ingest-spans.ts'
import { replaceAnnotations } from './replace-annotations.ts'
import { replaceTags } from './replace-tags.ts'
import type { NewSpan, SpanInput, Trace } from './span.ts'
import { findTraces } from './trace-store.ts'

describeEachDatabase('ingest of spans', (store) => {
  const clock = standingClock()
  const ctx = () => contextOf(store, clock)
  const ingest = (...spans: NewSpan[]) => ingestSpans(ctx(), spans, 1000)
  const traceOf = async (traceId: string): Promise<Trace | undefined> => {
    const [trace] = await store.db.read((tx) => findTraces(tx, [traceId], 'all'))
    return trace
  }
  /** What was told of one trace, an item for each write. */
  const told = (traceId: string) =>
    store.published
      .filter(isSpansEvent)
      .map(({ local }) => ({
        spans: local?.spans.filter((span) => span.traceId === traceId) ?? [],
        traces: local?.newTraces.filter((trace) => trace.traceId === traceId) ?? [],
      }))
      .filter(({ spans }) => spans.length > 0)
  /** Sends a span of a new trace, then the same one with changes. */
  const sendTwice = async (first: Partial<SpanInput>, then: Partial<SpanInput>) => {
    const ids = { spanId: randomUUID(), traceId: randomUUID() }
    await ingest(sampleSpan({ ...ids, ...first }))
    await ingest(sampleSpan({ ...ids, ...first, ...then }))
    return { trace: await traceOf(ids.traceId), span: await getSpan(ctx(), ids.spanId) }
  }

  describe('a span sent again', () => {
    it('keeps the nanoseconds of its first start and takes those of its new end', async () => {
      const { span } = await sendTwice(
        { startNanosRest: 89, endNanosRest: -7 },
        { startNanosRest: 1, endNanosRest: 44 },
      )
      expect(span).toMatchObject({ startNanosRest: 89, endNanosRest: 44 })
      const without = await sendTwice({ endNanosRest: 5 }, { endNanosRest: null })
      expect(without.span).toMatchObject({ startNanosRest: null, endNanosRest: null })
    })

    it('is counted once, in spans, cost and tokens', async () => {
      const attributes = { 'llm.cost_usd': 0.1, 'llm.tokens.total': 30 }
      const { trace } = await sendTwice({ attributes }, {})
      expect(trace).toMatchObject({ spanCount: 1, totalCostUsd: 0.1, totalTokens: 30 })
      const changed = { attributes: { 'llm.cost_usd': 0.3, 'llm.tokens.total': 7 } }
      const { trace: later } = await sendTwice({ attributes }, changed)
      expect(later).toMatchObject({ spanCount: 1, totalCostUsd: 0.3, totalTokens: 7 })
    })

    it('turns its trace from unset to ok, and from error to what it was corrected to', async () => {
      const ended = await sendTwice(
        { status: 'unset', endTime: null },
        { status: 'ok', endTime: 1_700_000_009 },
      )
      expect(ended.trace).toMatchObject({ status: 'ok', endTime: 1_700_000_009 })
      const mended = await sendTwice(
        { status: 'error', errorMessage: 'no' },
        { status: 'ok', errorMessage: null },
      )
      expect(mended.trace?.status).toBe('ok')
      expect(mended.span).toMatchObject({ status: 'ok', errorMessage: null })
    })

    it('replaces status, error, end and attributes, and keeps the rest as it first was', async () => {
      const first = { parentSpanId: null, name: 'first', attributes: { a: 1, b: 2 } }
      const { trace, span } = await sendTwice(first, {
        parentSpanId: 'p',
        name: 'second',
        spanType: 'chain',
        startTime: 1,
        sdkLanguage: 'javascript',
        attributes: { z: 1, a: { k: [1, null] } },
      })
      expect(span).toMatchObject({
        parentSpanId: null,
        name: 'first',
        spanType: 'llm_call',
        startTime: 1_700_000_000.25,
        sdkLanguage: 'python',
        attributesJson: '{"z":1,"a":{"k":[1,null]}}',
      })
      expect(trace).toMatchObject({ name: 'first', startTime: 1_700_000_000.25 })
    })

    it('takes its end back, and the trace with it to the latest that is left', async () => {
      const { trace } = await sendTwice({ endTime: 1_700_000_050 }, { endTime: null })
      expect(trace?.endTime).toBeNull()
      const traceId = randomUUID()
      const spanId = randomUUID()
      await ingest(sampleSpan({ traceId, endTime: 1_700_000_020 }))
      await ingest(sampleSpan({ traceId, spanId, endTime: 1_700_000_090 }))
      await ingest(sampleSpan({ traceId, spanId, endTime: 1_700_000_010 }))
      expect((await traceOf(traceId))?.endTime).toBe(1_700_000_020)
    })

    it('keeps annotations, tags and the time of first arrival', async () => {
      const span = sampleSpan()
      clock.now = 1_700_000_100
      await ingest(span)
      await replaceAnnotations(ctx(), span.spanId, [{ id: 'n', text: 'look', createdAt: 3.5 }])
      await replaceTags(ctx(), span.traceId, { baseline: 'true' })
      clock.now = 1_700_000_200
      await ingest({ ...span, status: 'error' })
      const stored = await getSpan(ctx(), span.spanId)
      expect(stored.annotationsJson).toBe('[{"id":"n","text":"look","created_at":3.5}]')
      expect(stored.createdAt).toBe(1_700_000_100)
      expect(await traceOf(span.traceId)).toMatchObject({
        tags: { baseline: 'true' },
        createdAt: 1_700_000_100,
        status: 'error',
      })
    })

    it('is rejected under another trace, for which nothing is made', async () => {
      const span = sampleSpan({ name: 'kept' })
      const stray = { ...span, traceId: randomUUID(), name: 'stray', status: 'error' as const }
      expect(await ingest(span)).toEqual({ accepted: 1, rejected: 0 })
      expect(await ingest(stray, sampleSpan(), stray)).toEqual({ accepted: 1, rejected: 2 })
      expect(await traceOf(stray.traceId)).toBeUndefined()
      expect(await getSpan(ctx(), span.spanId)).toMatchObject({ name: 'kept', status: 'ok' })
    })
  })

  it('names a trace by its earliest root, before that by its earliest span', async () => {
    const traceId = randomUUID()
    const send = async (name: string, startTime: number, parentSpanId: string | null) => {
      await ingest(sampleSpan({ traceId, name, startTime, parentSpanId }))
      return (await traceOf(traceId))?.name
    }
    expect(await send('child', 5, 'x')).toBe('child')
    expect(await send('later child', 6, 'x')).toBe('child')
    expect(await send('earlier child', 2, '')).toBe('earlier child')
    expect(await send('root', 9, null)).toBe('root')
    expect(await send('earliest child', 1, 'x')).toBe('root')
    expect(await send('second root', 10, null)).toBe('root')
    expect(await send('first root', 8, null)).toBe('first root')
  })

  it.each([
    ['1.7', 1.7, 1],
    ['huge', 1e30, 1e9],
    ['text of a number', ' 12 ', 12],
    ['other text', 'many', 0],
    ['empty text', '', 0],
    ['an object', {}, 0],
    ['a list', [3], 0],
    ['true', true, 0],
    ['null', null, 0],
    ['negative', -5, -5],
  ])('reads tokens that are %s as a whole number', async (_what, given, tokens) => {
    const { trace } = await sendTwice({ attributes: { 'llm.tokens.total': given } }, {})
    expect(trace).toMatchObject({ totalTokens: tokens, spanCount: 1 })
  })

  it.each([
    ['text of a number', '0.25', 0.25],
    ['other text', 'free', 0],
    ['infinite', Number.POSITIVE_INFINITY, 0],
    ['a list', [1], 0],
    ['near the largest number', 1.7e308, 1e12],
    ['near nothing', 5e-324, 5e-324],
  ])('reads a cost that is %s without harm to any later read', async (_what, given, costUsd) => {
    const { trace } = await sendTwice(
      { attributes: { 'llm.cost_usd': given } },
      { status: 'error' },
    )
    expect(trace).toMatchObject({ totalCostUsd: costUsd, status: 'error' })
    const traceId = trace?.traceId ?? ''
    await ingest(
      ...[1, 2].map(() => sampleSpan({ traceId, attributes: { 'llm.cost_usd': given } })),
    )
    expect((await traceOf(traceId))?.totalCostUsd).toBeCloseTo(3 * costUsd, 3)
  })

  it('counts cost and tokens of LLM calls only', async () => {
    const traceId = randomUUID()
    const attributes = { 'llm.cost_usd': 1, 'llm.tokens.total': 10, 'llm.tokens.input': 99 }
    await ingest(
      sampleSpan({ traceId, attributes }),
      sampleSpan({ traceId, attributes, spanType: 'tool_use' }),
    )
    expect(await traceOf(traceId)).toMatchObject({ totalCostUsd: 1, totalTokens: 10, spanCount: 2 })
  })

  it('keeps any text: U+0000 and lone surrogates escaped in attributes, replaced elsewhere', async () => {
    const odd = 'a\0b\ud800c é🔑\\"'
    const plain = 'a\ufffdb\ufffdc é🔑\\"'
    const span = sampleSpan({
      name: odd,
      errorMessage: odd,
      sdkLanguage: odd,
      attributes: { [odd]: odd, 'llm.model': odd, 'agent.framework': odd },
    })
    await ingest(span)
    const stored = await getSpan(ctx(), span.spanId)
    expect(stored).toMatchObject({ name: plain, errorMessage: plain, sdkLanguage: plain })
    expect(stored).toMatchObject({ model: plain, framework: plain })
    expect(JSON.parse(stored.attributesJson)).toMatchObject({ [odd]: odd, 'llm.model': odd })
    expect(await traceOf(span.traceId)).toMatchObject({ name: plain, sdkLanguage: plain })
  })

  it('takes the most extreme times', async () => {
    const largest = Number.MAX_VALUE
    const times = { startTime: -largest, endTime: largest, spanType: 'tool_use' } as const
    const span = sampleSpan(times)
    await ingest(span)
    const { startTime, endTime } = await getSpan(ctx(), span.spanId)
    expect([startTime, endTime]).toEqual([-1e300, 1e300])
  })

  it('tells the stored rows once each entry, and a new trace once with its final figures', async () => {
    const traceId = randomUUID()
    const [a, b] = [sampleSpan({ traceId, status: 'unset' }), sampleSpan({ traceId, startTime: 1 })]
    const stray = { ...a, traceId: randomUUID() }
    await ingest(a, b, { ...a, status: 'error' }, stray)
    expect(told(traceId)).toHaveLength(1)
    const [event] = told(traceId)
    expect(event?.spans.map(({ spanId, status }) => [spanId, status])).toEqual([
      [a.spanId, 'error'],
      [b.spanId, 'ok'],
      [a.spanId, 'error'],
      [a.spanId, 'error'],
    ])
    const { seq: _seq, ...summary } = (await traceOf(traceId)) ?? {}
    expect(event?.traces).toEqual([summary])
    await ingest(a)
    expect(told(traceId).at(-1)).toMatchObject({ spans: [{ spanId: a.spanId }], traces: [] })
  })

  it('stores spans that were packed off the main thread, and an empty list', async () => {
    const spans = [sampleSpan({ attributes: { text: 'é🔑\0' } }), sampleSpan()]
    expect(await ingestSpans(ctx(), packSpans(spans), 10)).toEqual({ accepted: 2, rejected: 0 })
    expect(await getSpan(ctx(), spans[0]?.spanId ?? '')).toMatchObject({ ...spans[0] })
    expect(await ingestSpans(ctx(), packSpans([]), 10)).toEqual({ accepted: 0, rejected: 0 })
    expect(await ingest()).toEqual({ accepted: 0, rejected: 0 })
  })

  it('marks rows with the owner of the key that brought them, and guards those of others', async () => {
    const caller = ownerCaller(randomUUID(), 'traces:write', 'traces:read')
    const [own, team] = [sampleSpan(), sampleSpan()]
    const owners = contextOf(store, clock, caller)
    await ingest(team)
    expect(await ingestSpans(owners, [own, team], 10)).toEqual({ accepted: 1, rejected: 1 })
    expect((await traceOf(own.traceId))?.ownerKey).toBe(caller.kind === 'apiKey' && caller.subject)
    expect(await getSpan(owners, own.spanId)).toMatchObject({ spanId: own.spanId })
    await expect(getSpan(owners, team.spanId)).rejects.toMatchObject({ code: 'not-found' })
  })

  it('answers and counts fifty posts at once, spread over the same few traces', async () => {
    const traceIds = Array.from({ length: 4 }, () => randomUUID())
    const reports = await Promise.all(
      Array.from({ length: 50 }, () =>
        ingest(...traceIds.map((traceId) => sampleSpan({ traceId }))),
      ),
    )
    expect(reports).toEqual(reports.map(() => ({ accepted: 4, rejected: 0 })))
    const traces = await store.db.read((tx) => findTraces(tx, traceIds, 'all'))
    expect(traces.map(({ spanCount }) => spanCount)).toEqual([50, 50, 50, 50])
  })

  it('ends in the same traces, whatever the order of arrival, and as the rows say', async () => {
    await fc.assert(
      fc.asyncProperty(traceHistory(randomUUID), async (history) => {
        if (history.isOrderFree) await Promise.all(history.posts.map((spans) => ingest(...spans)))
        else for (const spans of history.posts) await ingest(...spans)
        const expected = expectedTraces(history)
        const ids = [...expected.keys()]
        const traces = await store.db.read((tx) => findTraces(tx, ids, 'all'))
        expect(traces).toHaveLength(ids.length)
        for (const trace of traces) {
          const { costUsd = Number.NaN, ...rest } = expected.get(trace.traceId) ?? {}
          expect(trace).toMatchObject(rest)
          expect(Math.abs(trace.totalCostUsd - costUsd)).toBeLessThan(1e-12)
        }
        expect(await disagreeing(ids)).toEqual([])
      }),
      { numRuns: 60, endOnFailure: true },
    )
  })

  /** Ids of traces whose summary differs from what the database itself makes of their spans. */
  const disagreeing = (traceIds: readonly string[]): Promise<unknown[]> =>
    store.db.read(async (tx) => {
      const given = sql.join(traceIds)
      const { rows } = await sql`select t.trace_id from traces t join (
          select spans.trace_id as id, count(*) as spans, min(start_time) as start_time,
            max(end_time) as end_time,
            sum(case status when 'error' then 1 else 0 end) as errors,
            sum(case status when 'unset' then 1 else 0 end) as unsets,
            sum(case span_type when 'llm_call' then coalesce(cost_usd, 0) else 0 end) as cost,
            sum(case span_type when 'llm_call' then coalesce(total_tokens, 0) else 0 end) as tokens,
            sum(length(attributes)) as size
          from spans join span_payloads on span_payloads.seq = spans.seq
          group by spans.trace_id
        ) s on s.id = t.trace_id
        where t.trace_id in (${given}) and not (t.span_count = s.spans
          and t.start_time = s.start_time and coalesce(t.end_time, -1) = coalesce(s.end_time, -1)
          and t.error_count = s.errors and t.unset_count = s.unsets
          and abs(t.total_cost_usd - s.cost) < 1e-9 and t.total_tokens = s.tokens
          and t.payload_size = s.size and t.status = case when s.errors > 0 then 'error'
            when s.unsets > 0 then 'unset' else 'ok' end)`.execute(tx.db)
      return [...rows]
    })
})
