import { expect, it } from 'vitest'
import { sampleSpan } from '../../../test/support/sample-span.ts'
import { needsPrice } from './usage.ts'

const usageOf = (attributes: Record<string, unknown>, mapped?: Record<string, unknown>) =>
  sampleSpan({ attributes, mapped: mapped && { version: 3, attributes: mapped } })

it('reads every figure that a price depends on', () => {
  const attributes = {
    'llm.provider': 'anthropic',
    'llm.model': 'm',
    'llm.tokens.input': 10,
    'llm.tokens.output': '2',
    'llm.tokens.cache_read': 4,
    'llm.tokens.cache_write': 1.9,
    'llm.tokens.reasoning': true,
  }
  expect(usageOf(attributes)).toMatchObject({
    provider: 'anthropic',
    model: 'm',
    inputTokens: 10,
    outputTokens: 2,
    cacheReadTokens: 4,
    cacheWriteTokens: 1,
    reasoningTokens: null,
    totalTokens: null,
  })
})

it('reads prompt and completion tokens where input and output are not said', () => {
  const prompt = { 'llm.tokens.prompt': 7, 'llm.tokens.completion': 3 }
  expect(usageOf(prompt)).toMatchObject({ inputTokens: 7, outputTokens: 3 })
  const both = { ...prompt, 'llm.tokens.input': 0, 'llm.tokens.output': 1 }
  expect(usageOf(both)).toMatchObject({ inputTokens: 0, outputTokens: 1 })
})

it('adds input and output up only for spans that were mapped', () => {
  const tokens = { 'llm.tokens.input': 7, 'llm.tokens.output': 3 }
  expect(usageOf(tokens).totalTokens).toBe(null)
  expect(usageOf({}, tokens).totalTokens).toBe(10)
  expect(usageOf(tokens, {}).totalTokens).toBe(10)
  expect(usageOf({}, { ...tokens, 'llm.tokens.total': 4 }).totalTokens).toBe(4)
  expect(usageOf({}, { 'llm.tokens.input': 7 }).totalTokens).toBe(null)
})

it('lets what was sent win over what was derived, whatever it is', () => {
  const span = usageOf({ 'llm.model': 5, 'llm.cost_usd': null }, { 'llm.model': 'm', x: 1 })
  expect(span).toMatchObject({ model: null, costUsd: null, mappingVersion: 3 })
  expect(span.mappedJson).toBe('{"x":1}')
})

it('wants a price for a model call with model, input and output and without a cost', () => {
  const whole = { 'llm.model': 'm', 'llm.tokens.input': 1, 'llm.tokens.output': 0 }
  expect(needsPrice(usageOf(whole))).toBe(true)
  for (const key of Object.keys(whole)) {
    expect(needsPrice(usageOf({ ...whole, [key]: null }))).toBe(false)
  }
  expect(needsPrice(usageOf({ ...whole, 'llm.cost_usd': 0 }))).toBe(false)
  expect(needsPrice({ ...usageOf(whole), spanType: 'chain' })).toBe(false)
})
