import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mapSpan } from './index.ts'
import { normaliseUsage, type Counts } from './usage.ts'

const golden = {
  'llm.tokens.input': 10,
  'llm.tokens.output': 2,
  'llm.tokens.total': 12,
  'llm.tokens.cache_read': 4,
  'llm.tokens.reasoning': 1,
}
const anthropic = {
  'llm.tokens.input': 10,
  'llm.tokens.output': 2,
  'llm.tokens.total': 12,
  'llm.tokens.cache_read': 3,
  'llm.tokens.cache_write': 1,
}
const details = (usage: object) => ({
  'langfuse.observation.type': 'generation',
  'langfuse.observation.usage_details': JSON.stringify(usage),
})

test.each([
  {
    manner: 'the convention: parts within',
    span: {
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.output_tokens': 2,
      'gen_ai.usage.cache_read.input_tokens': 4,
      'gen_ai.usage.reasoning.output_tokens': 1,
    },
    expected: golden,
  },
  {
    manner: "Pydantic AI's details",
    span: {
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.output_tokens': 2,
      'gen_ai.usage.details.cache_read_tokens': 4,
      'gen_ai.usage.details.reasoning_tokens': 1,
    },
    expected: golden,
  },
  {
    manner: 'Strands Agents: a total with room for the cache',
    span: {
      'gen_ai.usage.input_tokens': 6,
      'gen_ai.usage.output_tokens': 2,
      'gen_ai.usage.total_tokens': 12,
      'gen_ai.usage.cache_read_input_tokens': 3,
      'gen_ai.usage.cache_write_input_tokens': 1,
    },
    expected: anthropic,
  },
  {
    manner: "Traceloop's Anthropic: cache beside, though the total does not say so",
    span: {
      'otel.scope.name': '@traceloop/instrumentation-anthropic',
      'gen_ai.usage.input_tokens': 6,
      'gen_ai.usage.output_tokens': 2,
      'gen_ai.usage.total_tokens': 8,
      'gen_ai.usage.cache_read.input_tokens': 3,
      'gen_ai.usage.cache_creation.input_tokens': 1,
    },
    expected: anthropic,
  },
  {
    manner: "Traceloop's Gemini: thoughts beside",
    span: {
      'otel.scope.name': '@traceloop/instrumentation-google-generativeai',
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.output_tokens': 1,
      'gen_ai.usage.cache_read.input_tokens': 4,
      'gen_ai.usage.reasoning_tokens': 1,
    },
    expected: golden,
  },
  {
    manner: 'AI SDK 5 with Anthropic: cache beside',
    span: {
      'ai.operationId': 'ai.streamText.doStream',
      'ai.model.provider': 'anthropic.messages',
      'ai.usage.inputTokens': 6,
      'ai.usage.outputTokens': 2,
      'ai.usage.totalTokens': 8,
      'ai.usage.cachedInputTokens': 3,
      'ai.response.providerMetadata': '{"anthropic":{"cacheCreationInputTokens":1}}',
    },
    expected: anthropic,
  },
  {
    manner: 'AI SDK 6 with Anthropic: cache within',
    span: {
      'ai.operationId': 'ai.streamText.doStream',
      'ai.model.provider': 'anthropic.messages',
      'ai.usage.inputTokens': 10,
      'ai.usage.outputTokens': 2,
      'ai.usage.cachedInputTokens': 3,
      'ai.usage.inputTokenDetails.noCacheTokens': 6,
      'ai.usage.inputTokenDetails.cacheWriteTokens': 1,
    },
    expected: anthropic,
  },
  {
    manner: 'AI SDK 4: only prompt and completion',
    span: {
      'ai.operationId': 'ai.generateText.doGenerate',
      'ai.usage.promptTokens': 10,
      'ai.usage.completionTokens': 2,
      'ai.response.providerMetadata': '{"openai":{"cachedPromptTokens":4,"reasoningTokens":1}}',
    },
    expected: golden,
  },
  {
    manner: 'OpenInference',
    span: {
      'openinference.span.kind': 'LLM',
      'llm.token_count.prompt': 10,
      'llm.token_count.completion': 2,
      'llm.token_count.prompt_details.cache_read': 3,
      'llm.token_count.prompt_details.cache_write': 1,
    },
    expected: anthropic,
  },
  {
    manner: "OpenAI's usage in Langfuse",
    span: details({
      prompt_tokens: 10,
      completion_tokens: 2,
      total_tokens: 12,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 1 },
    }),
    expected: golden,
  },
  {
    manner: "usage of OpenAI's Responses in Langfuse",
    span: details({
      input_tokens: 10,
      output_tokens: 2,
      total_tokens: 12,
      input_tokens_details: { cached_tokens: 4 },
      output_tokens_details: { reasoning_tokens: 1 },
    }),
    expected: golden,
  },
  {
    manner: "Anthropic's usage in Langfuse",
    span: details({
      input_tokens: 6,
      output_tokens: 2,
      cache_read_input_tokens: 3,
      cache_creation_input_tokens: 1,
    }),
    expected: anthropic,
  },
  {
    manner: "Langfuse's shares, audio among them",
    span: details({
      input: 5,
      input_audio_tokens: 1,
      input_cached_tokens: 4,
      output: 1,
      output_reasoning_tokens: 1,
    }),
    expected: golden,
  },
  {
    manner: "Langfuse's shares with a total that leaves no room",
    span: details({
      input: 10,
      input_cached_tokens: 4,
      output: 2,
      output_reasoning_tokens: 1,
      total: 12,
    }),
    expected: golden,
  },
])('usage in the manner of $manner', ({ span, expected }) => {
  const { spanType, attributes } = mapSpan('call', { 'gen_ai.operation.name': 'chat', ...span })
  const tokens = Object.entries(attributes).filter(([key]) => key.startsWith('llm.tokens.'))
  expect(spanType).toBe('llm_call')
  expect(Object.fromEntries(tokens)).toEqual(expected)
})

test('an unknown usage is unknown, not zero', () => {
  const { attributes } = mapSpan('call', { 'gen_ai.operation.name': 'chat' })
  expect(attributes).toEqual({})
  const half = mapSpan('call', {
    'gen_ai.operation.name': 'chat',
    'gen_ai.usage.input_tokens': 10,
    'gen_ai.usage.reasoning_tokens': 1,
  })
  expect(half.attributes).toEqual({ 'llm.tokens.input': 10 })
  const total = mapSpan('call', { 'llm.request.type': 'chat', 'llm.usage.total_tokens': 12 })
  expect(total.attributes).toEqual({ 'llm.tokens.total': 12 })
})

test('a count below zero is no count', () => {
  const { attributes } = mapSpan('call', {
    'gen_ai.operation.name': 'chat',
    'gen_ai.usage.input_tokens': 10,
    'gen_ai.usage.output_tokens': -2,
    'gen_ai.usage.cache_read.input_tokens': -4,
  })
  expect(attributes).toEqual({ 'llm.tokens.input': 10 })
})

test('parts are never more than their whole, and the total is their sum', () => {
  const count = fc.option(fc.oneof(fc.nat(20), fc.double(), fc.integer()), { nil: undefined })
  const counts = fc.record({
    input: count,
    output: count,
    total: count,
    cacheRead: count,
    cacheWrite: count,
    reasoning: count,
  })
  const standing = fc.constantFrom('within' as const, 'beside' as const)
  const rule = fc.record({ cache: standing, thinking: standing, hasFullTotal: fc.boolean() })
  fc.assert(
    fc.property(counts, rule, (given, how) => {
      const usage = normaliseUsage(given, how)
      const { input, output, total, cacheRead = 0, cacheWrite = 0, reasoning = 0 } = usage
      expect(cacheRead + cacheWrite).toBeLessThanOrEqual(input ?? 0)
      expect(reasoning).toBeLessThanOrEqual(output ?? 0)
      if (input !== undefined && output !== undefined) expect(total).toBe(input + output)
      for (const figure of Object.values(usage) as (number | undefined)[]) {
        expect(figure ?? 0).toBeGreaterThanOrEqual(0)
        expect(Number.isSafeInteger(figure ?? 0)).toBe(true)
      }
    }),
  )
})

test('counting again changes nothing', () => {
  const share = fc.nat(50)
  const shares = fc.record({ plain: share, read: share, write: share, said: share, thought: share })
  fc.assert(
    fc.property(shares, ({ plain, read, write, said, thought }) => {
      const within: Counts = {
        input: plain + read + write,
        output: said + thought,
        total: plain + read + write + said + thought,
        cacheRead: read,
        cacheWrite: write,
        reasoning: thought,
      }
      const rule = { cache: 'within', thinking: 'within', hasFullTotal: false } as const
      expect(normaliseUsage(within, rule)).toEqual(within)
    }),
  )
})
