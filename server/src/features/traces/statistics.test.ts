import { describe, expect, it } from 'vitest'
import { ownerCaller } from '../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { sampleSpan } from '../../../test/support/sample-span.ts'
import { applyRetention, type RetentionPolicy } from './apply-retention.ts'
import { deleteTraces } from './delete-traces.ts'
import { ingestSpans } from './ingest-spans.ts'
import { listTraces } from './list-traces.ts'
import { getStatistics, getTopCosts, getTopDurations, getTrends } from './statistics.ts'
import type { NewSpan, SpanInput } from './span.ts'

describeEachDatabase('statistics and retention', (store) => {
  const clock = standingClock()
  const ctx = () => contextOf(store, clock)
  const ingest = (...spans: NewSpan[]) => ingestSpans(ctx(), spans, 1000)
  const arriveAt = async (now: number, given: Partial<SpanInput> = {}): Promise<string> => {
    clock.now = now
    const span = sampleSpan(given)
    await ingest(span)
    return span.traceId
  }
  const clear = () => deleteTraces(ctx(), { createdBefore: 9e9 })
  const owned = () => contextOf(store, clock, ownerCaller('nobody yet', 'traces:read'))

  it('counts traces and spans, and knows the oldest arrival', async () => {
    await clear()
    const empty = { traceCount: 0, spanCount: 0, oldestCreatedAt: null }
    expect(await getStatistics(ctx())).toMatchObject(empty)
    const traceId = await arriveAt(500.25)
    await arriveAt(400)
    clock.now = 600
    await ingest(sampleSpan({ traceId }))
    const statistics = await getStatistics(ctx())
    expect(statistics).toMatchObject({ traceCount: 2, spanCount: 3, oldestCreatedAt: 400 })
    expect(statistics.databaseSizeBytes).toBeGreaterThan(10_000)
    expect(await getStatistics(owned())).toMatchObject(empty)
  })

  describe('trends', () => {
    const day = 86_400
    const today = Date.UTC(2030, 2, 1) / 1000

    it('puts each trace into the UTC day of its arrival, to the second at both edges', async () => {
      await clear()
      const attributes = { 'llm.cost_usd': 0.25, 'llm.tokens.total': 3 }
      await arriveAt(today - 2 * day - 0.001, { attributes })
      await arriveAt(today - 2 * day, { attributes })
      await arriveAt(today - day - 0.001, { attributes, status: 'error' })
      await arriveAt(today - day, { attributes, status: 'unset' })
      await arriveAt(today + day - 0.001, { attributes })
      await arriveAt(today + day, { attributes })
      clock.now = today + 3600
      const one = { costUsd: 0.25, tokens: 3, traceCount: 1, errorCount: 0 }
      expect(await getTrends(ctx(), 3, 'day')).toEqual([
        {
          startsAt: today - 2 * day,
          costUsd: 0.5,
          tokens: 6,
          traceCount: 2,
          errorCount: 1,
        },
        { startsAt: today - day, ...one },
        { startsAt: today, ...one },
      ])
      expect((await getTrends(owned(), 3, 'day')).every(({ traceCount }) => traceCount === 0)).toBe(
        true,
      )
    })

    it('gives every hour of the days asked for, the current one last', async () => {
      await clear()
      await arriveAt(today + 7200)
      clock.now = today + 7200 + 3599.5
      const buckets = await getTrends(ctx(), 2, 'hour')
      expect(buckets).toHaveLength(48)
      expect(buckets.at(-1)).toMatchObject({ startsAt: today + 7200, traceCount: 1 })
      expect(buckets[0]?.startsAt).toBe(today + 3 * 3600 - 2 * day)
      expect(buckets.filter(({ traceCount }) => traceCount > 0)).toHaveLength(1)
      clock.now = today + 3 * 3600
      expect((await getTrends(ctx(), 1, 'hour')).at(-1)).toMatchObject({
        startsAt: today + 3 * 3600,
        traceCount: 0,
      })
    })
  })

  it('lists LLM spans by cost, dearest first, those without a cost left out', async () => {
    await clear()
    const spent = (cost: unknown, given: Partial<SpanInput> = {}) =>
      sampleSpan({
        name: String(cost),
        ...given,
        attributes: { 'llm.cost_usd': cost, ...given.attributes },
      })
    const tokens = { 'llm.tokens.input': 5, 'llm.tokens.output': 2.5, 'llm.model': 'gpt-4o' }
    await ingest(
      spent(2, { attributes: tokens }),
      spent('3'),
      spent(9, { spanType: 'tool_use' }),
      spent(0),
      spent(-1),
      spent('free'),
      spent(2, { name: 'later of two' }),
    )
    const top = await getTopCosts(ctx(), 10)
    expect(top.map(({ name, costUsd }) => [name, costUsd])).toEqual([
      ['3', 3],
      ['2', 2],
      ['later of two', 2],
    ])
    expect(top[1]).toMatchObject({ model: 'gpt-4o', inputTokens: 5, outputTokens: 2 })
    expect(top[0]).toMatchObject({ model: null, inputTokens: null, outputTokens: null })
    expect(await getTopCosts(ctx(), 1)).toEqual(top.slice(0, 1))
    expect(await getTopCosts(owned(), 10)).toEqual([])
  })

  it('lists ended tool spans by duration, slowest first, the oddest times included', async () => {
    await clear()
    const tool = (name: string, given: Partial<SpanInput>) =>
      sampleSpan({ name, spanType: 'tool_use', startTime: 100, ...given })
    await ingest(
      tool('short', { endTime: 100.5 }),
      tool('long', { endTime: 160 }),
      tool('backwards', { endTime: 99 }),
      tool('open', { endTime: null }),
      tool('model', { spanType: 'llm_call', endTime: 999 }),
      tool('endless', { startTime: -Number.MAX_VALUE, endTime: Number.MAX_VALUE }),
    )
    const top = await getTopDurations(ctx(), 10)
    expect(top.map(({ name, durationSeconds }) => [name, durationSeconds])).toEqual([
      ['endless', 2e300],
      ['long', 60],
      ['short', 0.5],
      ['backwards', -1],
    ])
    expect(await getTopDurations(ctx(), 2)).toEqual(top.slice(0, 2))
    expect(await getTopDurations(owned(), 10)).toEqual([])
  })

  describe('retention', () => {
    const signal = new AbortController().signal
    const keep = (policy: Partial<RetentionPolicy>, given = ctx()) =>
      applyRetention(given, { maxAgeSeconds: undefined, maxBytes: undefined, ...policy }, signal)
    const left = async (): Promise<string[]> => {
      const { traces } = await listTraces(ctx(), {}, { limit: 200, offset: 0 })
      return traces.map(({ traceId }) => traceId).toReversed()
    }

    it('deletes what is older than its age, to the second', async () => {
      await clear()
      await arriveAt(99.9)
      const edge = await arriveAt(100)
      const young = await arriveAt(150)
      clock.now = 200
      expect(await keep({ maxAgeSeconds: 100 })).toBe(1)
      expect(await left()).toEqual([edge, young])
      expect(await keep({})).toBe(0)
      expect(await keep({ maxAgeSeconds: 0 })).toBe(2)
    })

    it('deletes the oldest until the rest fits, and no more', async () => {
      await clear()
      const attributes = { text: 'x'.repeat(9_289) }
      expect(sampleSpan({ attributes }).attributesJson).toHaveLength(9_300)
      const traces: string[] = []
      for (let index = 0; index < 6; index += 1) traces.push(await arriveAt(index, { attributes }))
      expect(await keep({ maxBytes: 60_000 })).toBe(0)
      expect(await keep({ maxBytes: 39_999 })).toBe(3)
      expect(await left()).toEqual(traces.slice(3))
      expect(await keep({ maxBytes: 0 })).toBe(3)
    })

    it('deletes many, stops when asked to, and ends for a caller who cannot reach the rows', async () => {
      await clear()
      clock.now = 1
      await ingest(...Array.from({ length: 450 }, () => sampleSpan()))
      const policy = { maxAgeSeconds: undefined, maxBytes: 0 }
      expect(await applyRetention(ctx(), policy, AbortSignal.abort())).toBe(0)
      const stranger = contextOf(store, clock, ownerCaller('stranger', 'traces:write'))
      expect(await keep({ maxBytes: 0 }, stranger)).toBe(0)
      expect(await keep({ maxBytes: 0 })).toBe(450)
      expect(await left()).toEqual([])
    })
  })
})
