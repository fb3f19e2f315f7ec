import type { BucketName } from './price.ts'
import type { TokenUsage } from './token-usage.ts'

/** A call's tokens in disjoint shares. */
export type Shares = Readonly<Record<BucketName, number>>

/**
 * Splits input and output into shares that do not overlap and lose no token. A part that is not
 * known counts as none of its whole; one that claims more than its whole is cut to it. Undefined
 * when what was read or written is unknown (or negative, which no count is).
 */
export function splitUsage(usage: TokenUsage): Shares | undefined {
  const { inputTokens, outputTokens } = usage
  if (!isCount(inputTokens) || !isCount(outputTokens)) return undefined
  const cacheRead = partOf(inputTokens, usage.cacheReadTokens)
  const cacheWrite = partOf(inputTokens - cacheRead, usage.cacheWriteTokens)
  const reasoning = partOf(outputTokens, usage.reasoningTokens)
  return {
    input: inputTokens - cacheRead - cacheWrite,
    cache_read: cacheRead,
    cache_write: cacheWrite,
    output: outputTokens - reasoning,
    reasoning,
  }
}

function isCount(tokens: number | null): tokens is number {
  return tokens !== null && Number.isFinite(tokens) && tokens >= 0
}

function partOf(whole: number, part: number | null): number {
  return isCount(part) ? Math.min(whole, part) : 0
}
