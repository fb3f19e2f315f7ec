import type { MessageUsage } from '@pharos/contract/anthropic/messages.ts'
import type { TokenUsage } from '../../features/pricing/index.ts'

/** Cached tokens stand beside the input here, not inside it. What is required and unknown is 0. */
export function toMessageUsage(usage: TokenUsage | null): MessageUsage {
  const { inputTokens = null, outputTokens = null, reasoningTokens = null } = usage ?? {}
  const cacheRead = usage?.cacheReadTokens ?? null
  const cacheWrite = usage?.cacheWriteTokens ?? null
  return {
    input_tokens: (inputTokens ?? 0) - (cacheRead ?? 0) - (cacheWrite ?? 0),
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
    output_tokens: outputTokens ?? 0,
    ...(reasoningTokens === null
      ? {}
      : { output_tokens_details: { thinking_tokens: reasoningTokens } }),
  }
}
