import type { TokenUsage } from '../pricing/index.ts'
import type { CompletionFailure } from './failure.ts'

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'other'

/** A token and how likely it was: natural logarithm, null where the provider does not say. */
export interface TokenChance {
  readonly text: string
  readonly logprob: number | null
  /** The token's own bytes, where its text alone is not whole characters. */
  readonly bytes?: readonly number[]
}

/**
 * What a provider says, piece by piece. The grammar is fixed:
 *
 *     start (text-delta | reasoning-delta | tool-delta | token | usage | other-delta)* (end | error)
 *
 * or a single `error`. Nothing follows `end` or `error`. Deltas of one tool call share an index;
 * calls are numbered from 0 as they appear, and the first delta of one carries id and name. A
 * signature ends the stretch of thinking before it, or belongs to the text beside it. A later
 * `usage` replaces an earlier one. Where several answers were asked for at once, all parts are of
 * the first; `other-delta` is the text of another.
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
  | ({ readonly type: 'token'; readonly top?: readonly TokenChance[] } & TokenChance)
  | { readonly type: 'usage'; readonly usage: TokenUsage }
  /** `choice` counts from 1. */
  | { readonly type: 'other-delta'; readonly choice: number; readonly text: string }
  | {
      readonly type: 'end'
      readonly finishReason: FinishReason
      /** The provider's own word. */
      readonly rawFinishReason: string | null
    }
  | { readonly type: 'error'; readonly failure: CompletionFailure }
