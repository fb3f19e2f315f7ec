import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { callerWith } from '../../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../../test/support/context.ts'
import { describeEachDatabase, openForTest } from '../../../../test/support/database.ts'
import { sampleSpan } from '../../../../test/support/sample-span.ts'
import { priceUsage, unknownUsage } from '../../pricing/index.ts'
import { getGraph } from '../get-graph.ts'
import { getSpan } from '../get-span.ts'
import { ingestSpans } from '../ingest-spans.ts'
import { shownAttributes } from '../shown-attributes.ts'
import type { NewSpan, Span, SpanInput, Trace } from '../span.ts'
import { getTopCosts } from '../statistics.ts'
import { findTraces } from '../trace-store.ts'
import { settleAll } from './settle-all.ts'

const startTime = 1_750_000_000
const figures = { 'llm.tokens.input': 1000, 'llm.tokens.output': 200, 'llm.tokens.total': 1200 }
const call = { 'llm.provider': 'openai', 'llm.model': 'gpt-4o', ...figures }

/** What such a call costs by the market's list, in USD. */
function costOf(model: string, inputTokens: number, outputTokens: number): number {
  const usage = { ...unknownUsage, inputTokens, outputTokens }
  const query = { provider: 'openai', model, usage, at: startTime, book: 'market' } as const
  const price = priceUsage(query)
  if (price.status === 'unknown') throw new Error(`No price for ${model}`)
  return price.costUsd
}

describeEachDatabase('settling', (store) => {
  const clock = standingClock()
  const ctx = () => contextOf(store, clock)
  const ingest = (...spans: NewSpan[]) => ingestSpans(ctx(), spans, 1000)
  const settle = () => settleAll(ctx())
  const spanOf = (spanId: string): Promise<Span> => getSpan(ctx(), spanId)
  const traceOf = async (traceId: string): Promise<Trace | undefined> => {
    const [trace] = await store.db.read((tx) => findTraces(tx, [traceId], 'all'))
    return trace
  }
  const isUnsettled = async (traceId: string): Promise<boolean> => {
    const row = await store.db.read((tx) =>
      tx.db
        .selectFrom('traces')
        .select('is_unsettled')
        .where('trace_id', '=', traceId)
        .executeTakeFirstOrThrow(),
    )
    return row.is_unsettled === 1
  }
  const some = (given: Partial<SpanInput> = {}) =>
    sampleSpan({ startTime, attributes: call, ...given })
  /** A call whose figures another tracer gave in words of its own. */
  const mapped = (given: Partial<SpanInput> = {}, attributes: Record<string, unknown> = call) =>
    some({ attributes: { 'gen_ai.x': 1 }, mapped: { version: 1, attributes }, ...given })

  it('gives a call without a cost the price of its model, and its trace the sum', async () => {
    const span = some()
    await ingest(span)
    expect((await spanOf(span.spanId)).computedCostUsd).toBe(null)
    await settle()
    const costUsd = costOf('gpt-4o', 1000, 200)
    const stored = await spanOf(span.spanId)
    expect(stored).toMatchObject({ costUsd: null, computedCostUsd: costUsd, isUnpriced: false })
    expect(JSON.parse(stored.priceJson ?? '')).toMatchObject({ costUsd, model: 'gpt-4o' })
    expect(await traceOf(span.traceId)).toMatchObject({ totalCostUsd: costUsd, totalTokens: 1200 })
    expect(costUsd).toBeGreaterThan(0)
  })

  it('shows the price among the attributes and leaves those that were sent as they are', async () => {
    const span = some()
    await ingest(span)
    await settle()
    const stored = await spanOf(span.spanId)
    expect(stored.attributesJson).toBe(JSON.stringify(call))
    const costUsd = costOf('gpt-4o', 1000, 200)
    expect(JSON.parse(shownAttributes(stored))).toEqual({ ...call, 'llm.cost_usd': costUsd })
    const { nodes } = await getGraph(ctx(), span.traceId)
    expect(nodes.map((node) => node.costUsd)).toEqual([costUsd])
  })

  it('lets the cost of a client win', async () => {
    const span = some({ attributes: { ...call, 'llm.cost_usd': 7 } })
    await ingest(span)
    expect(await isUnsettled(span.traceId)).toBe(false)
    await settle()
    expect(await spanOf(span.spanId)).toMatchObject({ costUsd: 7, computedCostUsd: null })
    expect((await traceOf(span.traceId))?.totalCostUsd).toBe(7)
  })

  it('lists computed costs among the dearest calls', async () => {
    const dear = { ...call, 'llm.tokens.input': 900_000_000 }
    const span = some({ attributes: dear })
    await ingest(span)
    await settle()
    const [first] = await getTopCosts(ctx(), 1)
    expect(first).toMatchObject({
      spanId: span.spanId,
      costUsd: costOf('gpt-4o', 900_000_000, 200),
    })
  })

  it('tries a model that no list knows only once', async () => {
    const span = some({ attributes: { ...call, 'llm.model': `unheard-of-${randomUUID()}` } })
    await ingest(span)
    expect(await settle()).toBe(1)
    const stored = await spanOf(span.spanId)
    expect(stored).toMatchObject({ computedCostUsd: null, isUnpriced: false, priceJson: null })
    await ingest(some({ traceId: span.traceId, spanType: 'tool_use', attributes: {} }))
    expect(await settle()).toBe(0)
  })

  it('asks no price where model or usage is unknown, or no model was called', async () => {
    await settle()
    await ingest(
      some({ attributes: figures }),
      some({ attributes: { 'llm.model': 'gpt-4o', 'llm.tokens.total': 5 } }),
      some({ spanType: 'chain' }),
    )
    expect(await settle()).toBe(0)
  })

  describe('a call that is sent again', () => {
    it('keeps its price while it would come out the same', async () => {
      const span = some()
      await ingest(span)
      await settle()
      await ingest({ ...span, status: 'error', errorMessage: 'late' })
      const costUsd = costOf('gpt-4o', 1000, 200)
      expect(await spanOf(span.spanId)).toMatchObject({ status: 'error', computedCostUsd: costUsd })
      expect((await traceOf(span.traceId))?.totalCostUsd).toBe(costUsd)
      expect(await settle()).toBe(0)
    })

    it('gets another one when its usage or model changes', async () => {
      const span = some()
      await ingest(span)
      await settle()
      const attributes = { ...call, 'llm.model': 'gpt-4o-mini', 'llm.tokens.output': 300 }
      await ingest(some({ spanId: span.spanId, traceId: span.traceId, attributes }))
      expect(await spanOf(span.spanId)).toMatchObject({ computedCostUsd: null, priceJson: null })
      expect((await traceOf(span.traceId))?.totalCostUsd).toBe(0)
      await settle()
      const costUsd = costOf('gpt-4o-mini', 1000, 300)
      expect((await traceOf(span.traceId))?.totalCostUsd).toBe(costUsd)
    })

    it('loses it to a cost that its client gives', async () => {
      const span = some()
      await ingest(span)
      await settle()
      const attributes = { ...call, 'llm.cost_usd': 0.5 }
      await ingest(some({ spanId: span.spanId, traceId: span.traceId, attributes }))
      const stored = await spanOf(span.spanId)
      expect(stored).toMatchObject({ costUsd: 0.5, computedCostUsd: null, priceJson: null })
      expect((await traceOf(span.traceId))?.totalCostUsd).toBe(0.5)
    })
  })

  describe('usage that several spans carry', () => {
    it('counts at the lowest call only, whichever came first', async () => {
      const traceId = randomUUID()
      const top = mapped({ traceId })
      const between = mapped({ traceId, parentSpanId: top.spanId, spanType: 'chain' }, {})
      const low = mapped({ traceId, parentSpanId: between.spanId })
      for (const span of [low, top, between]) {
        await ingest(span)
        await settle()
      }
      expect(await traceOf(traceId)).toMatchObject({
        totalTokens: 1200,
        totalCostUsd: costOf('gpt-4o', 1000, 200),
      })
      expect((await spanOf(top.spanId)).countsUsage).toBe(false)
      expect((await spanOf(low.spanId)).countsUsage).toBe(true)
    })

    it('counts above again when the call below turns out to have none', async () => {
      const traceId = randomUUID()
      const top = mapped({ traceId })
      const low = mapped({ traceId, parentSpanId: top.spanId })
      await ingest(top, low)
      await settle()
      expect((await traceOf(traceId))?.totalTokens).toBe(1200)
      await ingest(mapped({ traceId, spanId: low.spanId }, { 'llm.model': 'gpt-4o' }))
      expect((await traceOf(traceId))?.totalTokens).toBe(0)
      await settle()
      expect((await traceOf(traceId))?.totalTokens).toBe(1200)
      expect((await spanOf(top.spanId)).countsUsage).toBe(true)
    })

    it('counts twice where our own clients say it twice, as they always did', async () => {
      const traceId = randomUUID()
      const top = some({ traceId })
      await ingest(top, some({ traceId, parentSpanId: top.spanId }))
      await settle()
      expect((await traceOf(traceId))?.totalTokens).toBe(2400)
    })

    it('is listed once among the dearest calls', async () => {
      const traceId = randomUUID()
      const dear = { ...call, 'llm.tokens.input': 950_000_000 }
      const top = mapped({ traceId }, dear)
      const low = mapped({ traceId, parentSpanId: top.spanId }, dear)
      await ingest(top, low)
      await settle()
      const listed = (await getTopCosts(ctx(), 10)).filter((span) => span.traceId === traceId)
      expect(listed.map(({ spanId }) => spanId)).toEqual([low.spanId])
    })
  })

  it('goes through a trace with more calls than one transaction prices', async () => {
    const traceId = randomUUID()
    const top = mapped({ traceId })
    const calls = Array.from({ length: 700 }, () => mapped({ traceId, parentSpanId: top.spanId }))
    await ingest(top, ...calls)
    expect(await settle()).toBe(1)
    const trace = await traceOf(traceId)
    expect(trace?.totalTokens).toBe(700 * 1200)
    expect(trace?.totalCostUsd).toBeCloseTo(700 * costOf('gpt-4o', 1000, 200), 12)
    expect(await isUnsettled(traceId)).toBe(false)
  })

  it('comes to the same when two processes do it at once', async () => {
    const isShared = store.dialect === 'postgres'
    const other = isShared ? await openForTest(store.location) : undefined
    const spans = Array.from({ length: 150 }, () => {
      const top = mapped()
      return [top, mapped({ traceId: top.traceId, parentSpanId: top.spanId })]
    }).flat()
    await ingest(...spans)
    const both = [settle(), settleAll({ ...ctx(), db: other?.db ?? store.db })]
    const [first = 0, second = 0] = await Promise.all(both)
    expect(first + second).toBeGreaterThanOrEqual(150)
    const ids = spans.map(({ traceId }) => traceId)
    const traces = await store.db.read((tx) => findTraces(tx, ids, 'all'))
    const costUsd = costOf('gpt-4o', 1000, 200)
    expect(traces).toHaveLength(150)
    for (const trace of traces) {
      expect(trace).toMatchObject({ totalTokens: 1200, totalCostUsd: costUsd })
    }
    await other?.db[Symbol.asyncDispose]()
  })

  it('stays right while processes ingest into the same traces and settle them', async () => {
    const isShared = store.dialect === 'postgres'
    const other = isShared ? await openForTest(store.location) : undefined
    const dbs = [store.db, other?.db ?? store.db]
    const traceIds = Array.from({ length: 5 }, () => randomUUID())
    const roots = traceIds.map((traceId) => mapped({ traceId }))
    const portions = Array.from({ length: 40 }, (_, at) =>
      roots.map((root) => {
        const parentSpanId = at % 2 === 0 ? root.spanId : null
        return mapped({ traceId: root.traceId, parentSpanId })
      }),
    )
    const writing = [roots, ...portions].map((spans, at) =>
      ingestSpans({ ...ctx(), db: dbs[at % 2] ?? store.db }, spans.toReversed(), 100),
    )
    const settling = dbs.map(async (db) => {
      for (let round = 0; round < 10; round += 1) await settleAll({ ...ctx(), db })
    })
    await Promise.all([...writing, ...settling])
    await settle()
    const traces = await store.db.read((tx) => findTraces(tx, traceIds, 'all'))
    for (const trace of traces) {
      expect(trace).toMatchObject({ spanCount: 41, totalTokens: 40 * 1200 })
      expect(trace.totalCostUsd).toBeCloseTo(40 * costOf('gpt-4o', 1000, 200), 12)
    }
    expect(traces).toHaveLength(5)
    await other?.db[Symbol.asyncDispose]()
  })

  it('ends between two transactions when it is told to', async () => {
    const span = some()
    await ingest(span)
    expect(await settleAll(ctx(), { signal: AbortSignal.abort() })).toBe(0)
    expect(await isUnsettled(span.traceId)).toBe(true)
    await settle()
  })

  it('is refused to a caller who may not write traces', async () => {
    const caller = callerWith('traces:read')
    await expect(settleAll({ ...ctx(), caller })).rejects.toMatchObject({ code: 'forbidden' })
  })
})
