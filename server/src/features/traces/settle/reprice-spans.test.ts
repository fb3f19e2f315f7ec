import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { callerWith } from '../../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../../test/support/context.ts'
import { describeEachDatabase } from '../../../../test/support/database.ts'
import { sampleSpan } from '../../../../test/support/sample-span.ts'
import { getSpan } from '../get-span.ts'
import { ingestSpans } from '../ingest-spans.ts'
import type { NewSpan, SpanInput, Trace } from '../span.ts'
import { findTraces } from '../trace-store.ts'
import { repriceSpans } from './reprice-spans.ts'
import { settleAll } from './settle-all.ts'

describeEachDatabase('repricing of stored spans', (store) => {
  const ctx = () => contextOf(store, standingClock())
  const traceOf = async (traceId: string): Promise<Trace | undefined> => {
    const [trace] = await store.db.read((tx) => findTraces(tx, [traceId], 'all'))
    return trace
  }
  const call = (model: string, given: Partial<SpanInput> = {}) => {
    const tokens = { 'llm.tokens.input': 1000, 'llm.tokens.output': 100 }
    const attributes = { 'llm.provider': 'openai', 'llm.model': model, ...tokens }
    return sampleSpan({ startTime: 1_750_000_000, ...given, attributes })
  }
  /** Stores calls whose prices come from other lists than today's. */
  const storeMispriced = async (...spans: readonly NewSpan[]): Promise<number[]> => {
    await ingestSpans(ctx(), spans, 100)
    await settleAll(ctx())
    const stored = await Promise.all(spans.map(({ spanId }) => getSpan(ctx(), spanId)))
    await store.db.write(async (tx) => {
      for (const { seq, traceId, computedCostUsd } of stored) {
        const price = JSON.stringify({ version: 'old' })
        await tx.updateMany('spans', 'seq', [
          { seq, computed_cost_usd: (computedCostUsd ?? 0) + 1, price },
        ])
        const trace = await tx.db
          .selectFrom('traces')
          .select('total_cost_usd')
          .where('trace_id', '=', traceId)
          .executeTakeFirstOrThrow()
        await tx.updateMany('traces', 'trace_id', [
          { trace_id: traceId, total_cost_usd: trace.total_cost_usd + 1 },
        ])
      }
    })
    return stored.map(({ computedCostUsd }) => computedCostUsd ?? 0)
  }

  it('gives each call the price of the present lists, and traces their sum', async () => {
    const traceId = randomUUID()
    const spans = [call('gpt-4o', { traceId }), call('gpt-4o-mini', { traceId })]
    const costs = await storeMispriced(...spans)
    const told: number[] = []
    const done = await repriceSpans(ctx(), {}, { onProgress: ({ changed }) => told.push(changed) })
    expect(done.changed).toBe(2)
    expect(told.at(-1)).toBe(2)
    const after = await Promise.all(spans.map(({ spanId }) => getSpan(ctx(), spanId)))
    expect(after.map(({ computedCostUsd }) => computedCostUsd)).toEqual(costs)
    expect(JSON.parse(after[0]?.priceJson ?? '')).toMatchObject({ costUsd: costs[0] })
    const [first = 0, second = 0] = costs
    expect((await traceOf(traceId))?.totalCostUsd).toBeCloseTo(first + second, 12)
    expect((await repriceSpans(ctx(), {})).changed).toBe(0)
  })

  it('takes only calls of a model, or from a time on, where it is told to', async () => {
    const [early, late] = [call('gpt-4o', { startTime: 1_740_000_000 }), call('gpt-4o-mini')]
    await storeMispriced(early, late)
    expect((await repriceSpans(ctx(), { model: 'gpt-4' })).changed).toBe(0)
    expect((await repriceSpans(ctx(), { since: 1_750_000_000 })).changed).toBe(1)
    expect((await repriceSpans(ctx(), { model: 'gpt-4o' })).changed).toBe(1)
    expect((await repriceSpans(ctx(), {})).changed).toBe(0)
  })

  it('leaves the costs of clients alone', async () => {
    const attributes = { 'llm.model': 'gpt-4o', 'llm.tokens.input': 1, 'llm.tokens.output': 1 }
    const span = sampleSpan({ attributes: { ...attributes, 'llm.cost_usd': 3 } })
    await ingestSpans(ctx(), [span], 100)
    expect((await repriceSpans(ctx(), {})).changed).toBe(0)
    expect((await traceOf(span.traceId))?.totalCostUsd).toBe(3)
  })

  it('ends between two transactions when it is told to', async () => {
    await storeMispriced(call('gpt-4o'))
    const signal = AbortSignal.abort()
    expect(await repriceSpans(ctx(), {}, { signal })).toEqual({ examined: 0, changed: 0 })
    expect((await repriceSpans(ctx(), {})).changed).toBe(1)
  })

  it('is refused to a caller who may not manage settings', async () => {
    const caller = callerWith('traces:read', 'traces:write')
    await expect(repriceSpans({ ...ctx(), caller }, {})).rejects.toMatchObject({
      code: 'forbidden',
    })
  })
})
