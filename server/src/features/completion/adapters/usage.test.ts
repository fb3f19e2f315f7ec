import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkGrammar } from '../../../../test/support/check-grammar.ts'
import type { TokenUsage } from '../../pricing/index.ts'
import { adapterOf, nativeWire } from './index.ts'
import { consistentUsage, countOf, sumOf } from './usage.ts'

const usage = (claimed: Partial<TokenUsage>): TokenUsage => ({
  inputTokens: null,
  outputTokens: null,
  cacheReadTokens: null,
  cacheWriteTokens: null,
  reasoningTokens: null,
  ...claimed,
})

function openAiUsage(claimed: object) {
  const body = { choices: [{ message: { content: '' }, finish_reason: 'stop' }], usage: claimed }
  const parts = adapterOf('openai').readReply(JSON.stringify(body))
  return parts.flatMap((part) => (part.type === 'usage' ? [part.usage] : []))[0]
}

describe('usage that a provider claims', () => {
  it('is cut to what can be true', () => {
    const claimed = { inputTokens: 10, outputTokens: 2 }
    const shares = { cacheReadTokens: 8, cacheWriteTokens: 8, reasoningTokens: 3 }
    expect(consistentUsage(usage({ ...claimed, ...shares }))).toEqual({
      ...claimed,
      cacheReadTokens: 8,
      cacheWriteTokens: 2,
      reasoningTokens: 2,
    })
  })

  it('is unknown in the shares of an unknown whole', () => {
    expect(consistentUsage(usage({ outputTokens: 2, cacheReadTokens: 4 }))).toEqual(
      usage({ outputTokens: 2 }),
    )
    expect(consistentUsage(usage({ cacheReadTokens: 4, reasoningTokens: 1 }))).toBeNull()
  })

  it('counts whole tokens and nothing else', () => {
    expect([0, 3, 3.9, -0.5].map(countOf)).toEqual([0, 3, 3, 0])
    expect([-1, 1e300, Infinity, '3', null, true, [3]].map(countOf)).toEqual(Array(7).fill(null))
    expect(sumOf(null, 3, null)).toBe(3)
    expect(sumOf(null, null)).toBeNull()
  })

  it('adds thinking that stands beside the output, as the total shows', () => {
    const details = { completion_tokens_details: { reasoning_tokens: 5 } }
    const beside = { prompt_tokens: 10, completion_tokens: 2, total_tokens: 17, ...details }
    expect(openAiUsage(beside)).toMatchObject({ outputTokens: 7, reasoningTokens: 5 })
    const inside = { ...beside, completion_tokens: 7 }
    expect(openAiUsage(inside)).toMatchObject({ outputTokens: 7, reasoningTokens: 5 })
  })

  it('knows the names under which other servers count their cache', () => {
    const deepseek = { prompt_tokens: 10, completion_tokens: 2, prompt_cache_hit_tokens: 4 }
    expect(openAiUsage(deepseek)).toMatchObject({ inputTokens: 10, cacheReadTokens: 4 })
    const written = { prompt_tokens: 10, prompt_tokens_details: { cache_write_tokens: 6 } }
    expect(openAiUsage(written)).toMatchObject({ cacheWriteTokens: 6, outputTokens: null })
  })

  const anything = fc.oneof(
    fc.integer({ min: -3, max: 40 }),
    fc.double(),
    fc.string(),
    fc.constantFrom(null, true, {}, [], 1e308, Number.MAX_SAFE_INTEGER),
  )
  const details = (key: string) => fc.oneof(anything, fc.record({ [key]: anything }))
  const bodies = {
    openai: (claimed: object) => ({ choices: [{ message: { content: '' } }], usage: claimed }),
    anthropic: (claimed: object) => ({ content: [], usage: claimed }),
    google: (claimed: object) => ({ candidates: [{}], usageMetadata: claimed }),
    ollama: (claimed: object) => ({ message: {}, done: true, ...claimed }),
    completions: (claimed: object) => ({ choices: [{ text: '' }], usage: claimed }),
    generate: (claimed: object) => ({ response: '', done: true, ...claimed }),
  }
  const readers = {
    openai: adapterOf('openai'),
    anthropic: adapterOf('anthropic'),
    google: adapterOf('google'),
    ollama: adapterOf('ollama'),
    completions: nativeWire('openai', 'openai-completions')?.adapter,
    generate: nativeWire('ollama', 'ollama-generate')?.adapter,
  }
  const counters = fc.record({ prompt_eval_count: anything, eval_count: anything })

  it.each([
    [
      'openai',
      fc.record({
        prompt_tokens: anything,
        completion_tokens: anything,
        total_tokens: anything,
        prompt_tokens_details: details('cached_tokens'),
        completion_tokens_details: details('reasoning_tokens'),
      }),
    ],
    [
      'anthropic',
      fc.record({
        input_tokens: anything,
        output_tokens: anything,
        cache_read_input_tokens: anything,
        cache_creation_input_tokens: anything,
        output_tokens_details: details('thinking_tokens'),
      }),
    ],
    [
      'google',
      fc.record({
        promptTokenCount: anything,
        candidatesTokenCount: anything,
        cachedContentTokenCount: anything,
        thoughtsTokenCount: anything,
        toolUsePromptTokenCount: anything,
      }),
    ],
    ['ollama', counters],
    ['generate', counters],
    ['completions', fc.record({ prompt_tokens: anything, completion_tokens: anything })],
  ] as const)('never contradicts itself, whatever is claimed: %s', (kind, claims) => {
    fc.assert(
      fc.property(claims as fc.Arbitrary<object>, (claimed) => {
        const parts = readers[kind]?.readReply(JSON.stringify(bodies[kind](claimed))) ?? []
        expect(parts.at(-1)?.type).toBe('end')
        expect(checkGrammar(parts)).toBeNull()
      }),
    )
  })
})
