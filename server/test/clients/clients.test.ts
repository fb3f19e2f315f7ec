/** Unmodified npm clients deliver the same logical call into a running server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { localCaller } from '../../src/features/identity/index.ts'
import { settleAll } from '../../src/features/traces/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { type FakeProvider, startFakeProvider } from '../support/fake-provider.ts'
import { type FakeUsage, goldenUsage } from '../support/fake-provider/behaviour.ts'
import { runClient } from './run-client.ts'

interface Client {
  readonly client: string
  readonly program: string
  readonly args?: readonly string[]
  /** Spans of its trace, the call among them. */
  readonly spans: readonly string[]
  /** Which parts of the usage reach its spans. */
  readonly carries: readonly ('cacheRead' | 'reasoning')[]
}

const all = ['cacheRead', 'reasoning'] as const

const clients: readonly Client[] = [
  {
    client: '@opentelemetry/exporter-trace-otlp-http',
    program: 'otel-http',
    spans: ['llm_call'],
    carries: all,
  },
  {
    client: '@opentelemetry/exporter-trace-otlp-proto',
    program: 'otel-proto',
    spans: ['llm_call'],
    carries: all,
  },
  {
    client: '@arizeai/openinference-instrumentation-openai',
    program: 'openinference',
    spans: ['llm_call'],
    carries: all,
  },
  {
    client: 'ai with @ai-sdk/otel',
    program: 'ai-sdk',
    spans: ['agent_step', 'agent_step', 'llm_call'],
    carries: ['cacheRead'],
  },
  {
    client: 'ai with @ai-sdk/otel and its detailed usage, streaming',
    program: 'ai-sdk',
    args: ['detailed', 'stream'],
    spans: ['agent_step', 'agent_step', 'llm_call'],
    carries: all,
  },
  {
    client: 'ai with the attributes of versions 5 and 6',
    program: 'ai-sdk',
    args: ['legacy'],
    spans: ['agent_step', 'llm_call'],
    carries: all,
  },
  {
    // Its instrumentation of OpenAI writes down only the wholes.
    client: '@traceloop/node-server-sdk',
    program: 'traceloop',
    spans: ['chain', 'llm_call'],
    carries: [],
  },
  {
    client: '@langfuse/otel with an exporter',
    program: 'langfuse',
    spans: ['llm_call'],
    carries: all,
  },
  {
    client: '@langfuse/otel with its base URL alone',
    program: 'langfuse',
    args: ['base-url'],
    spans: ['llm_call'],
    carries: all,
  },
]

/** The market's prices of gpt-4o-mini, in USD per million tokens. */
const rates = { input: 0.15, cacheRead: 0.075, output: 0.6 }

/** By hand, from what the client's spans can tell. */
function costOf({ input, cacheRead, output }: FakeUsage, { carries }: Client): number {
  const cached = carries.includes('cacheRead') ? cacheRead : 0
  return ((input - cached) * rates.input + cached * rates.cacheRead + output * rates.output) / 1e6
}

/** Nothing of it was cached or thought, so that no client can lose a part. */
const plainUsage: FakeUsage = { input: 10, output: 2, cacheRead: 0, cacheWrite: 0, reasoning: 0 }

describe('clients', () => {
  let app: TestApp
  let openai: FakeProvider

  beforeAll(async () => {
    openai = await startFakeProvider('openai')
    app = await startTestApp()
  })

  afterAll(async () => {
    await app.stop()
    await openai[Symbol.asyncDispose]()
  })

  /** The trace that a run of the client leaves, after its price was worked out. */
  async function deliver({ program, args = [] }: Client, usage: FakeUsage) {
    const before = new Set(await listIds())
    openai.next({ type: 'reply', usage })
    await runClient({ program, args, pharosUrl: app.url, openaiUrl: openai.url })
    await settleAll({ ...app.app.context, caller: localCaller() })
    const after = (await listIds()).filter((id) => !before.has(id))
    expect(after).toHaveLength(1)
    const { body } = await app.client.getTrace({ params: { trace_id: after[0]! } })
    return body
  }

  async function listIds(): Promise<string[]> {
    const { body } = await app.client.listTraces()
    return body.traces.map(({ trace_id: id }) => id)
  }

  it.each(clients)('$client delivers the call', async (client) => {
    const trace = await deliver(client, goldenUsage)
    const { spans } = trace
    expect(spans.map(({ span_type: type }) => type).toSorted()).toEqual(client.spans)
    const calls = spans.filter(({ span_type: type }) => type === 'llm_call')
    expect(calls).toHaveLength(1)
    const { attributes } = calls[0]!
    expect(attributes).toMatchObject({
      'llm.model': 'gpt-4o-mini',
      'llm.prompt':
        '[{"role":"system","content":"You are terse."},{"role":"user","content":"Say hello."}]',
      'llm.completion': 'Hello there!',
      'llm.tokens.input': 10,
      'llm.tokens.output': 2,
      'llm.tokens.total': 12,
    })
    expect(attributes['llm.tokens.cache_read']).toBe(
      client.carries.includes('cacheRead') ? 4 : undefined,
    )
    expect(attributes['llm.tokens.reasoning']).toBe(
      client.carries.includes('reasoning') ? 1 : undefined,
    )
    const cost = costOf(goldenUsage, client)
    expect(cost).toBeGreaterThan(0)
    expect(Math.abs(Number(attributes['llm.cost_usd']) - cost)).toBeLessThan(1e-12)
    expect(Math.abs(trace.total_cost_usd - cost)).toBeLessThan(1e-12)
    expect(trace.total_tokens).toBe(12)
  })

  it('all tell the same of a call without parts', { timeout: 120_000 }, async () => {
    const told = new Set<string>()
    for (const client of clients) {
      const trace = await deliver(client, plainUsage)
      const call = trace.spans.find(({ span_type: type }) => type === 'llm_call')
      const { attributes = {} } = call ?? {}
      told.add(
        JSON.stringify({
          model: attributes['llm.model'],
          input: attributes['llm.tokens.input'],
          output: attributes['llm.tokens.output'],
          cost: attributes['llm.cost_usd'],
          totalTokens: trace.total_tokens,
          totalCost: trace.total_cost_usd,
        }),
      )
      expect(Math.abs(trace.total_cost_usd - costOf(plainUsage, client))).toBeLessThan(1e-12)
    }
    expect([...told]).toHaveLength(1)
  })
})
