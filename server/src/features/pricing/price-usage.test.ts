import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beaconModels, createPricer, priceUsage, unknownUsage } from './index.ts'
import type { Price, PriceBook, PriceExplanation, TokenUsage } from './index.ts'

/** 15 October 2026, noon. */
const october = Date.UTC(2026, 9, 15, 12) / 1000

/** 10 read of which 4 from the cache, 2 written of which 1 thought. Source: rulings §14. */
const golden: TokenUsage = {
  inputTokens: 10,
  outputTokens: 2,
  cacheReadTokens: 4,
  cacheWriteTokens: null,
  reasoningTokens: 1,
}

interface Circumstances {
  readonly usage?: TokenUsage
  readonly at?: number
  readonly book?: PriceBook
}

function price(
  provider: string | null,
  model: string,
  { usage = golden, at = october, book = 'market' }: Circumstances = {},
): Price {
  return priceUsage({ provider, model, usage, at, book })
}

function explain(...query: Parameters<typeof price>): PriceExplanation {
  const answer = price(...query)
  if (answer.status !== 'priced') throw new Error(`unknown: ${answer.reason}`)
  expect(answer.costUsd).toBe(answer.explanation.costUsd)
  return answer.explanation
}

const rowOf = (...query: Parameters<typeof price>): string => {
  const answer = price(...query)
  if (answer.status !== 'priced') return answer.reason
  const { source, provider, model } = answer.explanation
  return `${source} ${provider} ${model}`
}

describe('the golden usage', () => {
  it.each([
    // USD per million: fresh input, cached input, output.
    ['openai', 'gpt-4o-mini', [0.15, 0.075, 0.6]],
    ['anthropic', 'claude-sonnet-4-6', [3, 0.3, 15]],
    ['google', 'gemini-2.5-flash', [0.3, 0.03, 2.5]],
  ] as const)('costs at %s for %s what its rates say', (provider, model, [fresh, cached, out]) => {
    const explanation = explain(provider, model)
    expect(explanation.costUsd).toBeCloseTo((6 * fresh + 4 * cached + 2 * out) / 1e6, 12)
    expect(explanation.costUsd).toBeGreaterThan(1e-6)
    expect(explanation.buckets).toEqual([
      { bucket: 'input', tokens: 6, usdPerMillion: fresh, costUsd: (6 * fresh) / 1e6 },
      { bucket: 'cache_read', tokens: 4, usdPerMillion: cached, costUsd: (4 * cached) / 1e6 },
      { bucket: 'output', tokens: 1, usdPerMillion: out, costUsd: out / 1e6 },
      { bucket: 'reasoning', tokens: 1, usdPerMillion: out, costUsd: out / 1e6 },
    ])
  })

  it('costs on the routes of Beacon what its own table says, cached or not', () => {
    for (const [provider, model, input, output] of [
      ['openai', 'gpt-4o-mini', 0.15, 0.6],
      ['anthropic', 'claude-sonnet-4-6', 3, 15],
      ['google', 'gemini-2.5-flash', 0.15, 0.6],
    ] as const) {
      const explanation = explain(provider, model, { book: 'beacon' })
      expect(explanation.costUsd).toBe((10 / 1e6) * input + (2 / 1e6) * output)
      expect(explanation).toMatchObject({ source: 'beacon-table', version: 'beacon §10.4' })
    }
  })
})

describe('tiers, dates and fees', () => {
  it('takes the higher rate for every token of a call beyond the threshold', () => {
    const usage = { ...golden, inputTokens: 200_001, cacheReadTokens: 1 }
    const explanation = explain('google', 'gemini-2.5-pro', { usage })
    expect(explanation.buckets.slice(0, 3)).toEqual([
      {
        bucket: 'input',
        tokens: 200_000,
        usdPerMillion: 2.5,
        tierAboveTokens: 200_000,
        costUsd: 0.5,
      },
      {
        bucket: 'cache_read',
        tokens: 1,
        usdPerMillion: 0.25,
        tierAboveTokens: 200_000,
        costUsd: 0.25 / 1e6,
      },
      {
        bucket: 'output',
        tokens: 1,
        usdPerMillion: 15,
        tierAboveTokens: 200_000,
        costUsd: 15 / 1e6,
      },
    ])
    const atThreshold = { ...usage, inputTokens: 200_000 }
    expect(explain('google', 'gemini-2.5-pro', { usage: atThreshold }).buckets[0]).toMatchObject({
      usdPerMillion: 1.25,
    })
  })

  it('takes the prices of the day of the call', () => {
    const before = explain('openai', 'o3', { at: Date.UTC(2025, 5, 9, 23, 59) / 1000 })
    const after = explain('openai', 'o3', { at: Date.UTC(2025, 5, 10) / 1000 })
    expect(before.buckets[0]?.usdPerMillion).toBe(10)
    expect(before).not.toHaveProperty('validFrom')
    expect(after.buckets[0]?.usdPerMillion).toBe(2)
    expect(after.validFrom).toBe('2025-06-10')
  })

  it('adds the fee that a seller takes for each call', () => {
    const explanation = explain('perplexity', 'sonar')
    expect(explanation.requestUsd).toBe(0.012)
    expect(explanation.costUsd).toBeCloseTo(0.012 + 12 / 1e6, 12)
  })

  it('charges thinking by its own rate where there is one', () => {
    const rates = explain('perplexity', 'sonar-deep-research').buckets.map((b) => b.usdPerMillion)
    expect(rates).toEqual([2, 2, 8, 3])
  })

  it('survives any time', () => {
    for (const at of [0, -1e300, 1e300]) {
      expect(price('openai', 'o3', { at }).status).toBe('priced')
    }
  })
})

describe("Beacon's table", () => {
  it('names every model once', () => {
    const names = Object.values(beaconModels).flat()
    expect(names).toHaveLength(28)
    expect(new Set(names).size).toBe(28)
  })

  it.each([
    ['gpt-4o', 'beacon-table openai gpt-4o'],
    ['gpt-4o-2024-08-06', 'beacon-table openai gpt-4o'],
    ['gpt-4o-mini-2024-07-18', 'beacon-table openai gpt-4o-mini'],
    ['gpt-4-0613', 'beacon-table openai gpt-4'],
    ['gemini-1.5-pro-002', 'beacon-table google gemini-1.5-pro'],
    ['claude-sonnet-4-6@20260205', 'beacon-table anthropic claude-sonnet-4-6'],
    // Another model behind a like name, which the market's list knows.
    ['o1-pro', 'genai-prices openai o1-pro'],
    ['gpt-4-1106-preview', 'genai-prices openai gpt-4-turbo'],
    ['gemini-2.5-flash-lite', 'genai-prices google gemini-2.5-flash-lite'],
    // Nobody knows it: the longest prefix, as the contract recommends.
    ['gpt-4.1-mini-ultra', 'beacon-table openai gpt-4.1-mini'],
    ['gpt-4.12', 'unknown-model'],
    ['no-such-model', 'unknown-model'],
  ])('finds for %s: %s', (model, row) => {
    expect(rowOf(null, model, { book: 'beacon' })).toBe(row)
  })

  it('does not speak of what other sellers ask', () => {
    expect(rowOf('azure', 'gpt-4o', { book: 'beacon' })).toBe('genai-prices azure gpt-4o')
  })

  it('is not asked by the market', () => {
    expect(rowOf('openai', 'gpt-4.1-mini-ultra')).toBe('unknown-model')
  })
})

describe('whose price it is', () => {
  it.each([
    ['openai', 'gpt-4o', 'openai gpt-4o'],
    ['OpenAI', ' GPT-4o ', 'openai gpt-4o'],
    ['openai.chat', 'gpt-4o', 'openai gpt-4o'],
    ['openai.responses', 'gpt-4o', 'openai gpt-4o'],
    ['azure', 'gpt-4o', 'azure gpt-4o'],
    ['azure.ai.openai', 'gpt-4o', 'azure gpt-4o'],
    ['azure-openai.chat', 'gpt-4o', 'azure gpt-4o'],
    ['anthropic.messages', 'claude-sonnet-4-6', 'anthropic claude-sonnet-4-6'],
    ['gcp.gemini', 'gemini-2.5-flash', 'google gemini-2.5-flash'],
    ['gemini', 'gemini-2.5-flash', 'google gemini-2.5-flash'],
    ['vertex_ai', 'gemini-2.5-flash', 'google gemini-2.5-flash'],
    ['google', 'models/gemini-2.5-flash', 'google gemini-2.5-flash'],
    ['google.generative-ai', 'gemini-2.5-flash', 'google gemini-2.5-flash'],
    [
      'aws.bedrock',
      'us.anthropic.claude-sonnet-4-20250514-v1:0',
      'aws regional.anthropic.claude-sonnet-4-20250514-v1:0',
    ],
    ['langchain', 'gpt-4o', 'openai gpt-4o'],
    ['vercel-ai', 'openai/gpt-4o', 'openai gpt-4o'],
    [null, 'gpt-4o', 'openai gpt-4o'],
    [null, 'sonar-pro', 'perplexity sonar-pro'],
    [null, 'openai/gpt-4o', 'openai gpt-4o'],
    [null, 'openrouter/openai/gpt-4o', 'openrouter openai/gpt-4o'],
    ['openrouter', 'openai/gpt-4o', 'openrouter openai/gpt-4o'],
    ['openai', 'openai/gpt-4o', 'openai gpt-4o'],
    ['openai', 'deepseek-chat', 'deepseek deepseek-chat'],
    ['connection-of-ours', 'gpt-4o', 'openai gpt-4o'],
  ])('takes for provider %s and model %s the row %s', (provider, model, row) => {
    expect(rowOf(provider, model)).toBe(`genai-prices ${row}`)
  })

  it.each([
    ['ollama', 'gpt-4o'],
    ['Ollama.chat', 'llama3.2'],
    [null, 'ollama/llama3.2'],
    [null, 'deepseek-r1:8b'],
    [null, 'mistral:latest'],
    ['thunder', 'gpt-4o'],
    ['deepinfra', 'deepseek-chat'],
    ['groq', 'gemini-2.5-flash'],
    // Several sellers have it, each at its own price.
    [null, 'meta-llama/llama-3.1-8b-instruct'],
    ['connection-of-ours', 'sonar-pro'],
    // Charged by the second.
    ['openai', 'whisper-1'],
    ['openai', 'constructor'],
    ['__proto__', 'toString'],
    ['openai', ''],
    ['openai', `gpt-4o${'-'.repeat(10_000)}`],
  ])('does not guess for provider %s and model %s', (provider, model) => {
    for (const book of ['market', 'beacon'] as const) {
      expect(rowOf(provider, model, { book })).toBe('unknown-model')
    }
  })

  it('knows no cost of an unknown usage', () => {
    for (const usage of [
      unknownUsage,
      { ...golden, inputTokens: null },
      { ...golden, outputTokens: null },
      { ...golden, outputTokens: -1 },
    ]) {
      expect(price('openai', 'gpt-4o', { usage })).toEqual({
        status: 'unknown',
        reason: 'unknown-usage',
      })
    }
  })
})

describe('for any usage', () => {
  const models = [
    ['openai', 'gpt-4o-mini'],
    ['anthropic', 'claude-sonnet-4-6'],
    ['google', 'gemini-2.5-pro'],
    ['perplexity', 'sonar-deep-research'],
  ] as const
  const query = fc.record({
    model: fc.constantFrom(...models),
    book: fc.constantFrom<PriceBook>('beacon', 'market'),
    usage: fc.record({
      inputTokens: fc.nat(3e5),
      outputTokens: fc.nat(3e5),
      cacheReadTokens: fc.option(fc.nat(4e5)),
      cacheWriteTokens: fc.option(fc.nat(4e5)),
      reasoningTokens: fc.option(fc.nat(4e5)),
    }),
  })

  it('loses no token, makes none and charges each once', () => {
    fc.assert(
      fc.property(query, ({ model: [provider, model], book, usage }) => {
        const { buckets, costUsd, requestUsd = 0 } = explain(provider, model, { usage, book })
        for (const bucket of buckets) expect(bucket.tokens).toBeGreaterThan(0)
        const tokens = (names: readonly string[]): number =>
          buckets.reduce((sum, b) => sum + (names.includes(b.bucket) ? b.tokens : 0), 0)
        expect(tokens(['input', 'cache_read', 'cache_write'])).toBe(usage.inputTokens)
        expect(tokens(['output', 'reasoning'])).toBe(usage.outputTokens)
        const sum = buckets.reduce((total, b) => total + (b.tokens * b.usdPerMillion) / 1e6, 0)
        expect(Math.abs(sum + requestUsd - costUsd)).toBeLessThan(1e-12 * Math.max(1, costUsd))
      }),
    )
  })

  it('is the same from a pricer that remembers', () => {
    const pricer = createPricer()
    const times = fc.integer({ min: Date.UTC(2025, 0) / 1000, max: october })
    const names = fc.oneof(
      fc.constantFrom<readonly [string | null, string]>(
        ...models,
        [null, 'none'],
        ['openai', 'o3'],
      ),
      fc.tuple(fc.constant('openai'), fc.string()),
    )
    fc.assert(
      fc.property(query, names, times, ({ book, usage }, [provider, model], at) => {
        const asked = { provider, model, usage, at, book }
        expect(pricer(asked)).toEqual(priceUsage(asked))
        expect(pricer({ ...asked, at: 0 })).toEqual(priceUsage({ ...asked, at: 0 }))
      }),
      { numRuns: 700 },
    )
  })

  it('never asks less for more tokens, but where a tier begins', () => {
    const parts = fc.constantFrom('inputTokens', 'outputTokens')
    fc.assert(
      fc.property(query, parts, fc.nat(1000), ({ model, book, usage }, part, more) => {
        const grown = { ...usage, [part]: usage[part] + more }
        fc.pre(usage.inputTokens <= 200_000 === grown.inputTokens <= 200_000)
        // What is cached or thought stays the same share of what there is.
        const known = {
          cacheReadTokens: Math.min(usage.cacheReadTokens ?? 0, usage.inputTokens),
          cacheWriteTokens: 0,
          reasoningTokens: Math.min(usage.reasoningTokens ?? 0, usage.outputTokens),
        }
        const [provider, name] = model
        const costOf = (given: TokenUsage): number =>
          explain(provider, name, { usage: { ...given, ...known }, book }).costUsd
        expect(costOf(grown)).toBeGreaterThanOrEqual(costOf(usage) * (1 - 1e-12))
      }),
    )
  })
})
