import { expect, it } from 'vitest'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { jobCaller, localCaller } from '../../features/identity/index.ts'
import { deleteTrace, listTraces } from '../../features/traces/index.ts'
import { randomIds } from '../../platform/ids.ts'
import { fillWithDemo } from './fill-with-demo.ts'

describeEachDatabase('demo data', (store) => {
  const contextAt = (nowSeconds: number) => ({
    db: store.db,
    clock: { nowSeconds: () => nowSeconds, elapsedMs: () => 0 },
    ids: randomIds,
    caller: localCaller(),
  })
  const summaries = async () => {
    const { traces } = await listTraces(contextAt(0), {}, { limit: 50, offset: 0 })
    return traces
  }

  it('shows the newest session first, with totals and the errors that happened', async () => {
    await fillWithDemo(contextAt(1_760_000_000))
    const traces = await summaries()
    expect(traces.map(({ name, spanCount, status }) => [name, spanCount, status])).toEqual([
      ['Demo: Research agent', 13, 'error'],
      ['Demo: Code review agent', 12, 'error'],
      ['Demo: RAG pipeline', 9, 'ok'],
    ])
    for (const trace of traces) {
      expect(trace.totalTokens).toBeGreaterThan(500)
      expect(trace.totalCostUsd).toBeGreaterThan(0.001)
    }
  })

  it('leaves what is there alone on a later start, and brings back what was deleted', async () => {
    const before = await summaries()
    await fillWithDemo(contextAt(1_760_500_000))
    expect(await summaries()).toEqual(before)

    await deleteTrace(contextAt(0), before[2]!.traceId)
    await fillWithDemo(contextAt(1_760_500_000))
    const after = await summaries()
    expect(after).toHaveLength(3)
    expect(after[0]).toMatchObject({ name: 'Demo: RAG pipeline', spanCount: 9 })
  })

  it('needs the powers to read and write traces', async () => {
    const ctx = { ...contextAt(0), caller: jobCaller('demo', ['traces:read']) }
    await deleteTrace(contextAt(0), (await summaries())[0]!.traceId)
    await expect(fillWithDemo(ctx)).rejects.toMatchObject({ code: 'forbidden' })
  })
})
