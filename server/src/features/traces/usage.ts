/** Figures that lists, totals and statistics need, read from a span's attributes at ingest. */
export interface Usage {
  readonly costUsd: number | null
  readonly totalTokens: number | null
  readonly inputTokens: number | null
  readonly outputTokens: number | null
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
    inputTokens: toTokenCount(attributes['llm.tokens.input']),
    outputTokens: toTokenCount(attributes['llm.tokens.output']),
    model: toText(attributes['llm.model']),
    framework: toText(attributes['agent.framework']),
  }
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
  if (typeof value !== 'string') return null
  return value.toWellFormed().replaceAll('\0', '\ufffd')
}
