import { expect } from 'vitest'
import type { FakeProvider, FakeProviderKind, Script } from '../support/fake-provider.ts'
import type { ModelStage } from '../support/model-stage.ts'
import type { ClientKind, Said } from './gateway-client.ts'
import { TracedRun } from './gateway-run.ts'
import { aiAnthropicForms, aiSdks } from './programs/gateway-ai.ts'
import { anthropicMessages } from './programs/gateway-anthropic.ts'
import { ollamaChat } from './programs/gateway-ollama.ts'
import { openAiChat } from './programs/gateway-openai.ts'
import { openAiResponses } from './programs/gateway-responses.ts'

export const clients: readonly ClientKind[] = [
  openAiChat,
  openAiResponses,
  anthropicMessages,
  ollamaChat,
  ...aiSdks,
]
export const providers = ['openai', 'anthropic', 'google', 'ollama'] as const
/** Providers elsewhere, and models that run here. */
export const upstreams = [...providers, 'local'] as const
export const caseNames = ['plain', 'stream', 'tools', 'structured', 'error', 'abort'] as const

export interface Cell {
  readonly client: string
  readonly upstream: (typeof upstreams)[number]
  readonly name: (typeof caseNames)[number]
}

export function nameOf({ client, upstream, name }: Cell): string {
  return `${client} × ${upstream} × ${name}`
}

/** A cell that no answer is possible in, and what the gateway says of it instead. */
export interface AbsentCell extends Cell {
  readonly upstream: FakeProviderKind
  /** The field of the client's request that this kind of upstream has no word for. */
  readonly field: string
  /** The same client, told to ask in a way that can be answered. */
  readonly instead: ClientKind
}

/**
 * By itself this client asks models that it does not know for a form by a tool that must be called,
 * and by that one alone; told `structuredOutputMode: 'outputFormat'` it asks all of them.
 */
export const absent: readonly AbsentCell[] = [
  {
    client: 'ai with @ai-sdk/anthropic',
    upstream: 'google',
    name: 'structured',
    field: 'tool_choice.disable_parallel_tool_use',
    instead: aiAnthropicForms,
  },
  {
    client: 'ai with @ai-sdk/anthropic',
    upstream: 'ollama',
    name: 'structured',
    field: 'tool_choice',
    instead: aiAnthropicForms,
  },
]

/**
 * Of each upstream: the name of a model, what its usage of 10 tokens in, 4 of them cached, and 2 out,
 * 1 of them thought, is in a trace, and its price in USD by the market's list, which for a model at
 * home is unknown. `textAt` is how many chunks come before the first with a text.
 */
export const goldens = {
  openai: {
    model: 'openai/gpt-4o-mini',
    shares: { cache_read: 4, reasoning: 1 },
    cost: (6 * 0.15 + 4 * 0.075 + 2 * 0.6) / 1e6,
    textAt: 1,
  },
  anthropic: {
    model: 'anthropic/claude-haiku-4-5-20251001',
    shares: { cache_read: 4, cache_write: 0 },
    cost: (6 * 1 + 4 * 0.1 + 2 * 5) / 1e6,
    textAt: 3,
  },
  google: {
    model: 'google/gemini-2.5-flash',
    shares: { cache_read: 4, reasoning: 1 },
    cost: (6 * 0.3 + 4 * 0.03 + 2 * 2.5) / 1e6,
    textAt: 0,
  },
  ollama: { model: 'ollama/llama3.2', shares: {}, cost: undefined, textAt: 0 },
} as const

type Golden = (typeof goldens)[FakeProviderKind]

/** One client at one provider. */
export class CellRun extends TracedRun {
  readonly golden: Golden
  readonly fake: FakeProvider

  constructor(stage: ModelStage, kind: ClientKind, upstream: FakeProviderKind) {
    super(stage.app, kind)
    this.golden = goldens[upstream]
    this.fake = stage.fakes[upstream]
  }

  get model(): string {
    return this.golden.model
  }

  /** What a script of the provider's adds to the usual answers of this run. */
  next(...scripts: readonly Script[]): void {
    this.fake.next(...scripts)
  }

  /** What the client was told of the usage is the golden one. */
  expectUsage({ usage: told }: Said): void {
    const { shares } = this.golden
    const isTold = this.kind.tellsShares !== false
    const cached = isTold && 'cache_read' in shares ? shares.cache_read : 0
    const reasoning = isTold && 'reasoning' in shares ? shares.reasoning : 0
    const { input, output, cached: toldCached = 0, reasoning: toldReasoning = 0 } = told
    expect({ input, output, cached: toldCached, reasoning: toldReasoning }).toEqual({
      input: 10,
      output: 2,
      cached,
      reasoning,
    })
  }

  /** The trace holds so many calls with the golden usage and its price, and their sums. */
  async expectGolden(calls: number): Promise<void> {
    const { spans, ...trace } = await this.trace()
    const { cost, shares } = this.golden
    expect(spans).toHaveLength(calls)
    for (const { name, status, attributes } of spans) {
      expect({ name, status }).toEqual({ name: `chat ${this.model}`, status: 'ok' })
      expect(tokensIn(attributes)).toEqual({ input: 10, output: 2, total: 12, ...shares })
      expectCost(attributes['llm.cost_usd'], cost)
    }
    expect(trace.total_tokens).toBe(12 * calls)
    expectCost(trace.total_cost_usd, cost === undefined ? 0 : cost * calls)
  }
}

function tokensIn(attributes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const prefix = 'llm.tokens.'
  const tokens = Object.entries(attributes).filter(([name]) => name.startsWith(prefix))
  return Object.fromEntries(tokens.map(([name, value]) => [name.slice(prefix.length), value]))
}

function expectCost(actual: unknown, expected: number | undefined): void {
  if (!expected) {
    expect(actual).toBe(expected)
    return
  }
  expect(expected).toBeGreaterThan(0)
  expect(Math.abs(Number(actual) - expected)).toBeLessThan(1e-12)
}
