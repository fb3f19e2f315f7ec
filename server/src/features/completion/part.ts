import type { TokenUsage } from '../pricing/index.ts'
import type { CompletionFailure } from './failure.ts'

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'other'

/**
 * What a provider says, piece by piece. The grammar is fixed:
 *
 *     start (text-delta | reasoning-delta | tool-delta | token | usage)* (end | error)
 *
 * or a single `error`. Nothing follows `end` or `error`. Deltas of one tool call share an index;
 * calls are numbered from 0 as they appear, and the first delta of one carries id and name. A
 * signature ends the stretch of thinking before it, or belongs to the text beside it. A later
 * `usage` replaces an earlier one.
 */
export type CompletionPart =
  | { readonly type: 'start'; readonly model: string | null; readonly id: string | null }
  | { readonly type: 'text-delta'; readonly text: string; readonly signature?: string }
  | {
      readonly type: 'reasoning-delta'
      readonly text: string
      readonly signature?: string
      readonly isRedacted?: boolean
    }
  | {
      readonly type: 'tool-delta'
      readonly index: number
      readonly id?: string
      readonly name?: string
      readonly argumentsDelta: string
      readonly signature?: string
    }
  | { readonly type: 'token'; readonly text: string; readonly logprob: number | null }
  | { readonly type: 'usage'; readonly usage: TokenUsage }
  | {
      readonly type: 'end'
      readonly finishReason: FinishReason
      /** The provider's own word. */
      readonly rawFinishReason: string | null
    }
  | { readonly type: 'error'; readonly failure: CompletionFailure }
