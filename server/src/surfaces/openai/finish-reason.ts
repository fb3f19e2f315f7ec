import type { ChatCompletion } from '@pharos/contract/openai/chat.ts'
import type { FinishReason } from '../../features/completion/index.ts'

type FinishWord = ChatCompletion['choices'][number]['finish_reason']

/** Why a reply ended, in one of OpenAI's words. A reply that calls tools ends for their sake. */
export function toFinishWord(
  reason: FinishReason | null,
  { hasCalls, isLegacy }: { readonly hasCalls: boolean; readonly isLegacy: boolean },
): FinishWord {
  switch (reason) {
    case 'length':
    case 'content_filter':
      return reason
    case 'tool_calls':
      return isLegacy ? 'function_call' : 'tool_calls'
    case 'stop':
    case 'other':
    case null:
      if (!hasCalls) return 'stop'
      return isLegacy ? 'function_call' : 'tool_calls'
  }
}
