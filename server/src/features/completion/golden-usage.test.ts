import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  completionContext,
  connectionTo,
  sampleCall,
} from '../../../test/support/completion-context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { startFakeProvider } from '../../../test/support/fake-provider.ts'
import { openUpstream } from '../../platform/upstream/open-upstream.ts'
import type { Upstream } from '../../platform/upstream/upstream.ts'
import { getSpan } from '../traces/index.ts'
import { complete } from './complete.ts'

const quietly = { announce: 'never' } as const

/**
 * Every provider reads 10 tokens, 4 of them cached, and writes 2, 1 of them thinking; each tells as
 * much of that as its API can. Prices are USD per million tokens; Beacon's list knows no discount.
 */
const goldens = [
  {
    kind: 'openai',
    model: 'gpt-4o-mini',
    shares: { 'llm.tokens.cache_read': 4, 'llm.tokens.reasoning': 1 },
    costs: { beacon: (10 * 0.15 + 2 * 0.6) / 1e6, market: (6 * 0.15 + 4 * 0.075 + 2 * 0.6) / 1e6 },
  },
  {
    kind: 'anthropic',
    model: 'claude-haiku-4-5-20251001',
    shares: { 'llm.tokens.cache_read': 4, 'llm.tokens.cache_write': 0 },
    costs: { beacon: (10 * 1 + 2 * 5) / 1e6, market: (6 * 1 + 4 * 0.1 + 2 * 5) / 1e6 },
  },
  {
    kind: 'google',
    model: 'gemini-2.5-flash',
    shares: { 'llm.tokens.cache_read': 4, 'llm.tokens.reasoning': 1 },
    costs: { beacon: (10 * 0.15 + 2 * 0.6) / 1e6, market: (6 * 0.3 + 4 * 0.03 + 2 * 2.5) / 1e6 },
  },
  // Its own machine has no price: unknown, which only Beacon writes as 0.
  { kind: 'ollama', model: 'llama3.2', shares: {}, costs: { beacon: 0, market: undefined } },
] as const

const ways = goldens.flatMap((golden) =>
  (['whole', 'stream'] as const).flatMap((mode) =>
    (['beacon', 'market'] as const).map((book) => ({ ...golden, mode, book })),
  ),
)

describeEachDatabase('golden usage', (store) => {
  let upstream: Upstream
  beforeAll(() => {
    upstream = openUpstream()
  })
  afterAll(() => upstream[Symbol.asyncDispose]())

  it.each(ways)('of $kind, $mode, is stored and costs by the $book list', async (way) => {
    await using fake = await startFakeProvider(way.kind)
    const ctx = completionContext(store, upstream)
    const call = sampleCall(connectionTo(way.kind, fake.url), way)
    const ids = { spanId: randomUUID(), traceId: randomUUID(), parentSpanId: null }
    const outcome = await complete(ctx, call, { ...ids, name: 'golden', startTime: 1 }, quietly)
    expect(outcome).toMatchObject({ status: 'completed', reply: { text: 'Hello there!' } })

    const span = await getSpan(ctx, ids.spanId)
    const attributes: Record<string, unknown> = JSON.parse(span.attributesJson)
    const tokens = Object.entries(attributes).filter(([name]) => name.startsWith('llm.tokens.'))
    expect(Object.fromEntries(tokens)).toEqual({
      'llm.tokens.input': 10,
      'llm.tokens.output': 2,
      'llm.tokens.total': 12,
      ...way.shares,
    })
    const cost = way.costs[way.book]
    expect(attributes['llm.cost_usd']).toEqual(cost === undefined ? cost : expect.closeTo(cost, 12))
    expect(span.costUsd).toBe(attributes['llm.cost_usd'] ?? null)
  })
})
