import { beforeEach, expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import {
  pendingExecution,
  sampleExecution,
  storeExecutions,
} from '../../../test/support/sample-executions.ts'
import { localCaller, type Caller } from '../identity/index.ts'
import {
  modelUsageByDay,
  modelUsageByHour,
  usageByDay,
  usageByHour,
  usageByModel,
  UsageReads,
  usageSummary,
} from './read-usage.ts'

const at = (text: string): number => Date.parse(text) / 1000
const dayOf = (text: string): number => at(text) / 86_400
const now = at('2026-03-10T15:30:00Z')

describeEachDatabase('Usage', (store) => {
  const usage = new UsageReads()
  const as = (caller: Caller = localCaller()) => ({
    ...contextOf(store, standingClock(now), caller),
    usage,
  })
  const took = (inputTokens: number, outputTokens: number, executionCount = 1, costUsd = 0.25) => ({
    inputTokens,
    outputTokens,
    executionCount,
    costUsd,
  })
  const ended = (time: string, overrides: Parameters<typeof sampleExecution>[0] = {}) =>
    sampleExecution({ completed_at: at(time), ...overrides })
  const gemini = { provider: 'gemini', model: 'flash', input_tokens: 100, output_tokens: 50 }

  beforeEach(async () => {
    await store.db.write((tx) => tx.db.deleteFrom('executions').execute())
  })

  it('shows those who ask at once the same, and nobody what was read before he asked', async () => {
    await storeExecutions(store.db, [ended('2026-03-10T10:00:00Z')])
    const early = [usageByModel(as(), {}), usageByModel(as(), {}), usageByModel(as(), {})]
    await storeExecutions(store.db, [ended('2026-03-10T11:00:00Z')])
    const late = [usageByModel(as(), {}), usageByModel(as(), {})]
    const counts = async (asked: typeof early) =>
      (await Promise.all(asked)).map(([first]) => first?.executionCount)
    expect(await counts(late)).toEqual([2, 2])
    for (const count of await counts(early)) expect([1, 2]).toContain(count)
  })

  it('is of nothing where nothing was completed', async () => {
    await storeExecutions(store.db, [
      pendingExecution(),
      ended('2026-03-10T10:00:00Z', { status: 'failed' }),
    ])
    expect(await usageSummary(as(), {})).toEqual({
      ...took(0, 0, 0, 0),
      providerCount: 0,
      modelCount: 0,
      topProvider: null,
      topModel: null,
    })
    expect(await usageByModel(as(), {})).toEqual([])
    expect(await usageByDay(as(), {}, 30)).toEqual([])
  })

  it('is summed up with who took the most', async () => {
    await storeExecutions(store.db, [
      ended('2025-03-10T10:00:00Z'),
      ended('2026-03-10T10:00:00Z', gemini),
      ended('2026-03-10T11:00:00Z', { input_tokens: null, output_tokens: null, cost_usd: null }),
      ended('2026-03-10T12:00:00Z', { model: 'gpt-y', input_tokens: 1, output_tokens: 4 }),
    ])
    const tokens = 150
    const share = tokens / 170
    expect(await usageSummary(as(), {})).toEqual({
      ...took(111, 59, 4, 0.75),
      providerCount: 2,
      modelCount: 3,
      topProvider: { name: 'gemini', tokens, share },
      topModel: { name: 'flash', tokens, share },
    })
    expect(await usageByModel(as(), {})).toEqual([
      { provider: 'gemini', model: 'flash', ...took(100, 50) },
      { provider: 'openai', model: 'gpt-x', ...took(10, 5, 2) },
      { provider: 'openai', model: 'gpt-y', ...took(1, 4) },
    ])
  })

  it('is a share of nothing where no tokens are known', async () => {
    await storeExecutions(store.db, [
      ended('2026-03-10T10:00:00Z', { input_tokens: null, output_tokens: null }),
    ])
    const { topProvider } = await usageSummary(as(), {})
    expect(topProvider).toEqual({ name: 'openai', tokens: 0, share: 0 })
  })

  it('respects both ends of a window', async () => {
    const times = ['2026-03-08T00:00:00Z', '2026-03-09T00:00:00Z', '2026-03-10T00:00:00Z']
    await storeExecutions(
      store.db,
      times.map((time) => ended(time)),
    )
    const [first = 0, second = 0, third = 0] = times.map(at)
    const count = async (window: Parameters<typeof usageSummary>[1]) =>
      (await usageSummary(as(), window)).executionCount
    expect(await count({ from: first })).toBe(3)
    expect(await count({ from: second })).toBe(2)
    expect(await count({ to: second })).toBe(2)
    expect(await count({ before: second })).toBe(1)
    expect(await count({ from: second, before: third })).toBe(1)
    expect(await count({ from: third + 0.001 })).toBe(0)
  })

  it('by day keeps the newest days', async () => {
    await storeExecutions(store.db, [
      ended('2026-01-01T10:00:00Z'),
      ended('2026-03-08T23:59:59.999Z'),
      ended('2026-03-09T00:00:00Z', gemini),
      ended('2026-03-09T20:00:00Z'),
      ended('2026-03-10T15:00:00Z'),
    ])
    const ofNinth = { bucket: dayOf('2026-03-09'), ...took(110, 55, 2, 0.5) }
    const ofTenth = { bucket: dayOf('2026-03-10'), ...took(10, 5) }
    expect(await usageByDay(as(), {}, 2)).toEqual([ofNinth, ofTenth])
    expect(await usageByDay(as(), {}, 30)).toHaveLength(3)
    expect(await usageByDay(as(), { from: at('2026-01-01') }, 2)).toHaveLength(4)
    expect(await modelUsageByDay(as(), {}, 2)).toEqual([
      { bucket: ofNinth.bucket, provider: 'gemini', model: 'flash', ...took(100, 50) },
      { bucket: ofNinth.bucket, provider: 'openai', model: 'gpt-x', ...took(10, 5) },
      { provider: 'openai', model: 'gpt-x', ...ofTenth },
    ])
    expect(await modelUsageByDay(as(), {})).toHaveLength(5)
  })

  it('by hour folds days together', async () => {
    await storeExecutions(store.db, [
      ended('2026-01-01T15:10:00Z'),
      ended('2026-03-09T15:29:59Z'),
      ended('2026-03-09T23:00:00Z', gemini),
      ended('2026-03-10T15:00:00Z'),
    ])
    expect(await usageByHour(as(), {}, 24)).toEqual([
      { bucket: 15, ...took(10, 5) },
      { bucket: 23, ...took(100, 50) },
    ])
    const all = { from: at('2026-01-01') }
    expect(await usageByHour(as(), all, 24)).toEqual([
      { bucket: 15, ...took(30, 15, 3, 0.75) },
      { bucket: 23, ...took(100, 50) },
    ])
    expect(await modelUsageByHour(as(), all, 24)).toEqual([
      { bucket: 15, provider: 'openai', model: 'gpt-x', ...took(30, 15, 3, 0.75) },
      { bucket: 23, provider: 'gemini', model: 'flash', ...took(100, 50) },
    ])
  })

  it('is the same of very many models', async () => {
    const models = Array.from({ length: 230 }, (_, index) => `m${index}`)
    await storeExecutions(
      store.db,
      models.flatMap((model) => [
        ended('2026-03-09T15:00:00Z', { model }),
        ended('2026-03-10T15:00:00Z', { model, provider: 'gemini' }),
        ended('2026-03-10T16:00:00Z', { model, status: 'failed' }),
      ]),
    )
    expect(await usageSummary(as(), {})).toMatchObject({ executionCount: 460, modelCount: 230 })
    const today = { from: at('2026-03-10') }
    expect(await usageByModel(as(), today)).toHaveLength(230)
    expect(await modelUsageByDay(as(), {})).toHaveLength(460)
    expect(await usageByHour(as(), today, 24)).toEqual([
      { bucket: 15, ...took(2300, 1150, 230, 57.5) },
    ])
  })

  it('costs what its executions cost', async () => {
    const costs = Array.from({ length: 300 }, (_, index) => (index % 17) * 0.0001 + 1e-7)
    await storeExecutions(
      store.db,
      costs.map((cost_usd) => ended('2026-03-10T10:00:00Z', { cost_usd })),
    )
    const sum = costs.reduce((all, cost) => all + cost, 0)
    const { costUsd } = await usageSummary(as(), {})
    expect(costUsd).toBeGreaterThan(0)
    expect(Math.abs(costUsd - sum)).toBeLessThan(1e-12)
  })

  it('is for callers who may read executions', async () => {
    const other = as(callerWith('executions:run', 'traces:read'))
    const refused = { code: 'forbidden' }
    await expect(usageSummary(other, {})).rejects.toMatchObject(refused)
    await expect(usageByModel(other, {})).rejects.toMatchObject(refused)
    await expect(usageByDay(other, {}, 1)).rejects.toMatchObject(refused)
    await expect(usageByHour(other, {}, 1)).rejects.toMatchObject(refused)
    await expect(modelUsageByDay(other, {})).rejects.toMatchObject(refused)
    await expect(modelUsageByHour(other, {}, 1)).rejects.toMatchObject(refused)
  })
})
