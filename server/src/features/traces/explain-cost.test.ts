import { describe, expect, it } from 'vitest'
import { ownerCaller } from '../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { sampleSpan } from '../../../test/support/sample-span.ts'
import { priceUsage, unknownUsage } from '../pricing/index.ts'
import { explainCost } from './explain-cost.ts'
import { ingestSpans } from './ingest-spans.ts'
import type { SpanInput } from './span.ts'
import { settleAll } from './settle/settle-all.ts'

const call = { 'llm.provider': 'openai', 'llm.model': 'gpt-4o' }
const usage = { 'llm.tokens.input': 10, 'llm.tokens.output': 2, 'llm.tokens.cache_read': 4 }
const made = priceUsage({
  provider: 'openai',
  model: 'gpt-4o',
  usage: { ...unknownUsage, inputTokens: 10, outputTokens: 2 },
  at: 1_700_000_000,
  book: 'beacon',
})

describeEachDatabase('the cost of a span', (store) => {
  const ctx = () => contextOf(store, standingClock())
  const arrive = async (given: Partial<SpanInput>): Promise<string> => {
    const span = sampleSpan(given)
    await ingestSpans(ctx(), [span], 1000)
    return span.spanId
  }
  const explain = (spanId: string) => explainCost(ctx(), spanId)

  describe('explained', () => {
    it('is not known before it was worked out, and then with every share', async () => {
      const spanId = await arrive({ attributes: { ...call, ...usage } })
      expect((await explain(spanId)).origin).toEqual({
        source: 'unknown',
        costUsd: null,
        price: null,
        reason: 'not-priced-yet',
      })
      await settleAll(ctx())
      const { origin, usage: tokens } = await explain(spanId)
      expect(tokens).toMatchObject({ inputTokens: 10, cacheReadTokens: 4, reasoningTokens: null })
      // 6 fresh at 2.50 a million, 4 cached at 1.25, 2 written at 10.
      const costUsd = (6 * 2.5 + 4 * 1.25 + 2 * 10) / 1e6
      expect(origin.costUsd).toBeCloseTo(costUsd, 12)
      expect(origin).toMatchObject({ source: 'computed', price: { costUsd: origin.costUsd } })
      expect(origin.price?.buckets.map(({ tokens: share }) => share)).toEqual([6, 4, 2])
    })

    it('is computed where this server made the span and said how', async () => {
      if (made.status !== 'priced') throw new Error(made.reason)
      const { costUsd, explanation: price } = made
      const attributes = { ...call, ...usage, 'llm.cost_usd': costUsd }
      const spanId = await arrive({ attributes, price })
      expect((await explain(spanId)).origin).toEqual({ source: 'computed', costUsd, price })
    })

    it("is a client's word where it sent a number, even zero", async () => {
      const spanId = await arrive({ attributes: { ...call, ...usage, 'llm.cost_usd': 0 } })
      await settleAll(ctx())
      expect((await explain(spanId)).origin).toEqual({ source: 'client', costUsd: 0, price: null })
    })

    it('is out of reach in the trace of another owner', async () => {
      const spanId = await arrive({ attributes: { 'llm.cost_usd': 1 } })
      const theirs = contextOf(store, standingClock(), ownerCaller('somebody', 'traces:read'))
      await expect(explainCost(theirs, spanId)).rejects.toMatchObject({ code: 'not-found' })
    })
  })
})
