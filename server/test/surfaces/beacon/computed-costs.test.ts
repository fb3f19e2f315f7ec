import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { priceUsage, unknownUsage } from '../../../src/features/pricing/index.ts'
import type { Dialect } from '../../../src/platform/db/database.ts'
import { startTestApp, type TestApp } from '../../support/app.ts'

const startTime = 1_750_000_000
const attributes = {
  'llm.provider': 'openai',
  'llm.model': 'gpt-4o',
  'llm.tokens.input': 1000,
  'llm.tokens.output': 200,
  'llm.tokens.total': 1200,
}

function costOfCall(): number {
  const usage = { ...unknownUsage, inputTokens: 1000, outputTokens: 200 }
  const query = { provider: 'openai', model: 'gpt-4o', usage, at: startTime } as const
  const price = priceUsage({ ...query, book: 'market' })
  if (price.status === 'unknown') throw new Error('The call has no price')
  return price.costUsd
}

describe.each<Dialect>(['sqlite', 'postgres'])('a call without a cost [%s]', (dialect) => {
  const costUsd = costOfCall()
  const ids = { trace_id: randomUUID(), span_id: randomUUID() }
  let server: TestApp

  beforeAll(async () => {
    server = await startTestApp({ dialect })
    const call = { ...ids, parent_span_id: null, span_type: 'llm_call', name: 'call', status: 'ok' }
    const span = { ...call, start_time: startTime, end_time: startTime + 1, attributes }
    const response = await fetch(`${server.url}/v1/spans`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ spans: [span] }),
    })
    expect(await response.json()).toEqual({ accepted: 1, rejected: 0 })
  })

  afterAll(() => server.stop())

  const read = async (path: string): Promise<string> =>
    (await fetch(`${server.url}/v1/${path}`)).text()
  const readJson = async (path: string): Promise<unknown> => JSON.parse(await read(path))
  const shown = { ...attributes, 'llm.cost_usd': costUsd }

  it('has a cost by itself a moment later, on the span and on its trace', async () => {
    await expect
      .poll(() => readJson(`spans/${ids.span_id}`), { timeout: 10_000 })
      .toMatchObject({ attributes: shown })
    const trace = { total_cost_usd: costUsd, total_tokens: 1200, spans: [{ attributes: shown }] }
    expect(await readJson(`traces/${ids.trace_id}`)).toMatchObject(trace)
    expect(costUsd).toBeGreaterThan(0)
  })

  it('has it in the graph, among the dearest calls and in every export', async () => {
    expect(await readJson(`traces/${ids.trace_id}/graph`)).toMatchObject({
      nodes: [{ data: { cost_usd: costUsd } }],
    })
    expect(await readJson('stats/top-costs')).toMatchObject({
      prompts: [{ span_id: ids.span_id, cost: Number(costUsd.toFixed(6)), tokens: 1200 }],
    })
    expect(await readJson(`traces/${ids.trace_id}/export`)).toMatchObject({
      trace: { total_cost_usd: costUsd },
      spans: [{ attributes: shown }],
    })
    expect(await read(`traces/${ids.trace_id}/export?format=csv`)).toContain(`,${costUsd},1200\r\n`)
    const cost = { key: 'llm.cost_usd', value: { doubleValue: costUsd } }
    expect(await readJson(`traces/${ids.trace_id}/export?format=otel`)).toMatchObject({
      resourceSpans: [
        { scopeSpans: [{ spans: [{ attributes: expect.arrayContaining([cost]) as unknown }] }] },
      ],
    })
  })
})
