import type { SpanCost } from '@pharos/contract/beacon/cost.ts'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { sendJson } from '../../support/http-request.ts'

describe.each(['sqlite', 'postgres'] as const)('the cost of a span [%s]', (dialect) => {
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp({ dialect })
  })
  afterAll(() => app.stop())

  /** Costs are worked out after the reply. */
  const pricedCostOf = (span_id: string): Promise<SpanCost> =>
    vi.waitFor(
      async () => {
        const { body: cost } = await app.client.getSpanCost({ params: { span_id } })
        expect(cost.source).not.toBe('unknown')
        return cost
      },
      { timeout: 10_000 },
    )

  const ingest = (spanId: string, attributes: Readonly<Record<string, unknown>>) =>
    sendJson(app.url, {
      method: 'POST',
      path: '/v1/spans',
      value: {
        spans: [
          {
            span_id: spanId,
            trace_id: `trace of ${spanId}`,
            span_type: 'llm_call',
            name: 'ask',
            start_time: Date.UTC(2026, 9, 15) / 1000,
            attributes,
          },
        ],
      },
    })

  it('is explained to the last token where the server worked it out', async () => {
    await ingest('golden', {
      'llm.provider': 'openai',
      'llm.model': 'gpt-4o-mini',
      'llm.tokens.input': 10,
      'llm.tokens.output': 2,
      'llm.tokens.cache_read': 4,
      'llm.tokens.reasoning': 1,
    })
    const { price, ...cost } = await pricedCostOf('golden')
    expect(cost).toMatchObject({
      source: 'computed',
      usage: { input: 10, output: 2, cache_read: 4, cache_write: null, reasoning: 1 },
      counts_in_trace: true,
    })
    expect(cost).not.toHaveProperty('reason')
    // 6 fresh at 0.15 a million, 4 cached at 0.075, 2 written at 0.60.
    expect(cost.cost_usd).toBeCloseTo((6 * 0.15 + 4 * 0.075 + 2 * 0.6) / 1e6, 12)
    expect(price).toMatchObject({
      source: 'genai-prices',
      provider: 'openai',
      model: 'gpt-4o-mini',
      priced_at: Date.UTC(2026, 9, 15) / 1000,
      valid_from: null,
      request_usd: 0,
      cost_usd: cost.cost_usd,
    })
    const sum = price?.buckets.reduce((total, b) => total + (b.tokens * b.usd_per_million) / 1e6, 0)
    expect(sum).toBeCloseTo(cost.cost_usd ?? Number.NaN, 12)
    const shown = await app.client.getSpan({ params: { span_id: 'golden' } })
    expect(shown.body.attributes['llm.cost_usd']).toBe(cost.cost_usd)
  })

  it('names the day and the tier of a price', async () => {
    await ingest('tiered', {
      'llm.provider': 'gcp.gemini',
      'llm.model': 'gemini-2.5-pro',
      'llm.tokens.input': 200_001,
      'llm.tokens.output': 0,
    })
    expect((await pricedCostOf('tiered')).price?.buckets).toEqual([
      {
        bucket: 'input',
        tokens: 200_001,
        usd_per_million: 2.5,
        tier_above_tokens: 200_000,
        cost_usd: 0.5000025,
      },
    ])
    await ingest('dated', {
      'llm.provider': 'openai',
      'llm.model': 'o3',
      'llm.tokens.input': 1,
      'llm.tokens.output': 1,
    })
    expect((await pricedCostOf('dated')).price).toMatchObject({ valid_from: '2025-06-10' })
  })
})
