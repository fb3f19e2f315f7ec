import type { TokenTrace } from '../engine/index.ts'
import type { Price, TokenUsage } from '../pricing/index.ts'
import type { CompletionFailure } from './failure.ts'
import type { Reply } from './fold-parts.ts'

/** What a call took, however it ended. */
export interface Measured {
  /** Unix seconds. */
  readonly startedAt: number
  readonly endedAt: number
  /** From asking to the end, by a clock that never jumps. */
  readonly latencyMs: number
  /** From asking to the first text, reasoning or tool call; null for a reply that came whole. */
  readonly timeToFirstTokenMs: number | null
  /** How often the request was sent; 0 when it never was. */
  readonly attempts: number
  readonly usage: TokenUsage
  readonly price: Price
  /** The tokens that came, where they were noted. */
  readonly trace?: TokenTrace
}

export interface CompletedOutcome extends Measured {
  readonly status: 'completed'
  readonly reply: Reply
}

export interface FailedOutcome extends Measured {
  readonly status: 'failed'
  readonly failure: CompletionFailure
  /** The reason in words, for example `OpenAI API error 500: <first 200 characters of the body>`. */
  readonly message: string
  readonly partial: Reply
  /** What the provider sent, cut at a bound; null when it sent nothing. */
  readonly received: string | null
}

/** How a call ended. A provider's fault is data here, never an exception. */
export type Outcome = CompletedOutcome | FailedOutcome
