import type { TokenUsage } from '../../pricing/index.ts'

/** A count of tokens; null for anything that cannot be one. Fractions are cut off. */
export function countOf(value: unknown): number | null {
  if (typeof value !== 'number') return null
  const count = Math.trunc(value)
  return count >= 0 && Number.isSafeInteger(count) ? Math.abs(count) : null
}

/** The sum of what is known; null if nothing is. */
export function sumOf(...counts: readonly (number | null)[]): number | null {
  const known = counts.filter((count) => count !== null)
  return known.length === 0 ? null : countOf(known.reduce((sum, count) => sum + count, 0))
}

/**
 * Usage in which cacheRead + cacheWrite ≤ input and reasoning ≤ output, whatever a provider
 * claims: a share is cut to its whole, and a share of an unknown whole is unknown. Null if nothing
 * is known.
 */
export function consistentUsage(claimed: TokenUsage): TokenUsage | null {
  const { inputTokens, outputTokens } = claimed
  const cacheReadTokens = shareOf(inputTokens, claimed.cacheReadTokens)
  const uncached = inputTokens === null ? null : inputTokens - (cacheReadTokens ?? 0)
  const cacheWriteTokens = shareOf(uncached, claimed.cacheWriteTokens)
  const reasoningTokens = shareOf(outputTokens, claimed.reasoningTokens)
  if (inputTokens === null && outputTokens === null) return null
  return { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens }
}

function shareOf(whole: number | null, share: number | null): number | null {
  return whole === null || share === null ? null : Math.min(whole, share)
}
