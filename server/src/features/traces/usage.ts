import type { SpanType } from '@pharos/contract/vocabulary.ts'
import { toStorableText } from './storable.ts'

/** Figures that lists, totals and statistics need, read from a span's attributes at ingest. */
export interface Usage {
  readonly costUsd: number | null
  readonly totalTokens: number | null
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  /** Of the input: read from and written to the provider's cache. */
  readonly cacheReadTokens: number | null
  readonly cacheWriteTokens: number | null
  /** Of the output: spent on thinking. */
  readonly reasoningTokens: number | null
  readonly provider: string | null
  readonly model: string | null
  readonly framework: string | null
}

type Attributes = Readonly<Record<string, unknown>>

/**
 * Reads the figures. Numeric text counts as its number; anything else that is not a finite
 * number is no figure, and tokens are whole. Source: beacon contract §2.4, rulings §11.
 */
export function readUsage(attributes: Attributes): Usage {
  return {
    costUsd: toCost(attributes['llm.cost_usd']),
    totalTokens: toTokenCount(attributes['llm.tokens.total']),
    // Beacon's integration of the Vercel AI SDK says prompt and completion instead.
    inputTokens: toTokenCount(attributes['llm.tokens.input'] ?? attributes['llm.tokens.prompt']),
    outputTokens: toTokenCount(
      attributes['llm.tokens.output'] ?? attributes['llm.tokens.completion'],
    ),
    cacheReadTokens: toTokenCount(attributes['llm.tokens.cache_read']),
    cacheWriteTokens: toTokenCount(attributes['llm.tokens.cache_write']),
    reasoningTokens: toTokenCount(attributes['llm.tokens.reasoning']),
    provider: toText(attributes['llm.provider']),
    model: toText(attributes['llm.model']),
    framework: toText(attributes['agent.framework']),
  }
}

/**
 * The same for attributes that were partly derived: other tracers seldom say a total, so there
 * it is the sum of input and output where both are known.
 */
export function readMappedUsage(attributes: Attributes): Usage {
  const usage = readUsage(attributes)
  const { totalTokens, inputTokens, outputTokens } = usage
  if (totalTokens !== null || inputTokens === null || outputTokens === null) return usage
  return { ...usage, totalTokens: within(maxTokens, inputTokens + outputTokens) }
}

/** Whether two spans that began at the same time cost the same, as far as can be worked out. */
export function isPricedAlike(a: Usage, b: Usage): boolean {
  return pricedBy.every((key) => a[key] === b[key])
}

const pricedBy = [
  'costUsd',
  'provider',
  'model',
  'inputTokens',
  'outputTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'reasoningTokens',
] as const

/** Whether any tokens were used, as far as is known. */
export function hasTokens(
  usage: Pick<Usage, 'totalTokens' | 'inputTokens' | 'outputTokens'>,
): boolean {
  const { totalTokens, inputTokens, outputTokens } = usage
  return (totalTokens ?? 0) > 0 || (inputTokens ?? 0) > 0 || (outputTokens ?? 0) > 0
}

/** Whether a cost may be worked out that the client has not given. */
export function needsPrice(
  span: Pick<Usage, 'costUsd' | 'model' | 'inputTokens' | 'outputTokens'> & {
    readonly spanType: SpanType
  },
): boolean {
  const { spanType, costUsd, model, inputTokens, outputTokens } = span
  if (spanType !== 'llm_call' || costUsd !== null || model === null) return false
  return inputTokens !== null && outputTokens !== null
}

function toFiniteNumber(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

/** Past any real bill; the bound keeps sums from becoming infinite. */
const maxCostUsd = 1e12

function toCost(value: unknown): number | null {
  const number = toFiniteNumber(value)
  return number === null ? null : within(maxCostUsd, number)
}

/** Past any real model; the bound keeps the sum over nine million such spans below 2^53. */
const maxTokens = 1e9

function toTokenCount(value: unknown): number | null {
  const number = toFiniteNumber(value)
  // Adding zero turns -0 into 0.
  return number === null ? null : within(maxTokens, Math.trunc(number)) + 0
}

function within(bound: number, value: number): number {
  return Math.max(-bound, Math.min(bound, value))
}

function toText(value: unknown): string | null {
  return typeof value === 'string' ? toStorableText(value) : null
}
