/**
 * What one model call used. `null` is unknown, never zero. Input holds everything that was read,
 * cached tokens included; output everything that was written, reasoning included. So
 * cacheRead + cacheWrite ≤ input and reasoning ≤ output.
 */
export interface TokenUsage {
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  /** Of the input: read from the provider's cache. */
  readonly cacheReadTokens: number | null
  /** Of the input: written to the provider's cache. */
  readonly cacheWriteTokens: number | null
  /** Of the output: spent on thinking. */
  readonly reasoningTokens: number | null
}

export const unknownUsage: TokenUsage = {
  inputTokens: null,
  outputTokens: null,
  cacheReadTokens: null,
  cacheWriteTokens: null,
  reasoningTokens: null,
}
