import type { Usage } from '@pharos/contract/openai/chat.ts'
import type { Outcome } from '../../features/completion/index.ts'

type TokenUsage = Outcome['usage']

/** Usage in OpenAI's words, which know no unknown counts; null where nothing is known. */
export function toUsage(usage: TokenUsage): Usage | null {
  const { inputTokens, outputTokens } = usage
  if (inputTokens === null && outputTokens === null) return null
  return {
    prompt_tokens: inputTokens ?? 0,
    completion_tokens: outputTokens ?? 0,
    total_tokens: (inputTokens ?? 0) + (outputTokens ?? 0),
    prompt_tokens_details: { cached_tokens: usage.cacheReadTokens ?? 0 },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
  }
}
