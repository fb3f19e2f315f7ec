import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { contextOf, standingClock } from '../../../../test/support/context.ts'
import { describeEachDatabase } from '../../../../test/support/database.ts'
import {
  expectedUsage,
  usageHistory,
  type UsageHistory,
} from '../../../../test/support/usage-history.ts'
import { ingestSpans } from '../ingest-spans.ts'
import { findTraces } from '../trace-store.ts'
import { settleAll } from './settle-all.ts'

describeEachDatabase('settling in any order', (store) => {
  const ctx = () => contextOf(store, standingClock())

  async function play({ steps }: UsageHistory): Promise<void> {
    for (const { post, isSettledAfter } of steps) {
      await ingestSpans(ctx(), post, 100)
      if (isSettledAfter) await settleAll(ctx())
    }
    await settleAll(ctx())
  }

  it('ends in the totals that counting from scratch gives', async () => {
    const history = usageHistory(() => randomUUID())
    const property = fc.asyncProperty(history, async (given) => {
      await play(given)
      const expected = expectedUsage(given)
      const traces = await store.db.read((tx) => findTraces(tx, [...expected.keys()], 'all'))
      expect(traces).toHaveLength(expected.size)
      for (const { traceId, totalTokens, totalCostUsd } of traces) {
        const { tokens, costUsd } = expected.get(traceId) ?? {}
        expect(totalTokens).toBe(tokens)
        expect(totalCostUsd).toBeCloseTo(costUsd ?? Number.NaN, 12)
      }
    })
    await fc.assert(property, { numRuns: store.dialect === 'sqlite' ? 150 : 60 })
  })
})
