import type { CompletedOutcome, FailedOutcome, Outcome } from './outcome.ts'
import type { CompletionPart } from './part.ts'
import type { StreamEvent } from './provider.ts'

/** What came at once from a provider: its own events, and the parts that they stand for. */
export interface CallBatch {
  readonly events: readonly StreamEvent[]
  readonly parts: readonly CompletionPart[]
}

/** What every answer tells, whatever became of the call. */
export interface AnswerFacts {
  /** The name asked for. */
  readonly model: string
  /** Unix seconds. */
  readonly createdAt: number
  readonly traceId: string
  /** Of the call's span; ids that a surface must make up are made of it. */
  readonly spanId: string
  /** Whether the provider speaks the client's dialect, so that its words are passed on. */
  readonly isNative: boolean
  /** The connection that answered, and the model as it names it. */
  readonly provider: string
  readonly providerModel: string
  /** Whether the cache of an alias answered; null where none is asked. */
  readonly cache: 'hit' | 'miss' | null
  /** Headers that every reply carries: ids of the record, the caller's limits, the cache. */
  readonly headers: Readonly<Record<string, string>>
}

export interface FailedAnswer extends AnswerFacts {
  readonly status: 'failed'
  readonly outcome: FailedOutcome
}

export interface WholeAnswer extends AnswerFacts {
  readonly status: 'whole'
  readonly outcome: CompletedOutcome
  readonly parts: readonly CompletionPart[]
  /** The provider's reply as it came; null when it came in pieces. */
  readonly event: StreamEvent | null
}

/**
 * A stream that has begun: the provider has said something usable. The batches can be read once;
 * they end after the span is stored, and the last may hold an `error` part. A `null` among them
 * says that nothing came for a while. Leaving the loop stops the provider.
 */
export interface StreamedAnswer extends AnswerFacts {
  readonly status: 'stream'
  readonly batches: AsyncIterable<CallBatch | null>
  /** Settles with the last batch. */
  readonly outcome: Promise<Outcome>
}

/** How a call to a model by its name was answered. */
export type Answer = FailedAnswer | WholeAnswer | StreamedAnswer
