import type { StopReason } from '@pharos/contract/anthropic/messages.ts'
import type { FinishReason } from '../../features/completion/index.ts'

/** Some providers stop in the usual way after calling a tool; this dialect has a word for it. */
export function toStopReason(reason: FinishReason | null, hasCalls: boolean): StopReason {
  switch (reason) {
    case 'length':
      return 'max_tokens'
    case 'content_filter':
      return 'refusal'
    case 'tool_calls':
      return 'tool_use'
    case 'stop':
    case 'other':
    case null:
      return hasCalls ? 'tool_use' : 'end_turn'
  }
}
