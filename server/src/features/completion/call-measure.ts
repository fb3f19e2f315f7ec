import type { Clock } from '../../platform/clock.ts'
import type { TokenTrace } from '../engine/index.ts'
import { unknownUsage, type Price, type Pricer, type TokenUsage } from '../pricing/index.ts'
import type { Call } from './call.ts'
import { failureMessage } from './failure-words.ts'
import type { CompletionFailure } from './failure.ts'
import { foldPart, startFold, toReply } from './fold-parts.ts'
import type { Outcome } from './outcome.ts'
import type { CompletionPart } from './part.ts'

/** What only the exchange with the provider knows. */
export interface ExchangeFacts {
  readonly attempts: number
  readonly received: string | null
  readonly trace: TokenTrace | null
}

/** Watches the parts of one call go by: what they add up to, and how long they took. */
export class CallMeasure {
  readonly #clock: Clock
  readonly #price: Pricer
  readonly #call: Call
  readonly #startedAt: number
  readonly #startedMs: number
  #firstTokenMs: number | null = null
  #fold = startFold()
  #failure: CompletionFailure | null = null

  constructor({ clock, price }: { readonly clock: Clock; readonly price: Pricer }, call: Call) {
    this.#clock = clock
    this.#price = price
    this.#call = call
    this.#startedAt = clock.nowSeconds()
    this.#startedMs = clock.elapsedMs()
  }

  note(part: CompletionPart): void {
    if (this.#firstTokenMs === null && this.#call.mode === 'stream' && isToken(part)) {
      this.#firstTokenMs = this.#clock.elapsedMs() - this.#startedMs
    }
    if (part.type === 'error') this.#failure = part.failure
    this.#fold = foldPart(this.#fold, part)
  }

  /** How the call ended, if these were all its parts: without an end its reader has left. */
  outcome({ attempts, received, trace }: ExchangeFacts): Outcome {
    const latencyMs = this.#clock.elapsedMs() - this.#startedMs
    const usage = this.#fold.usage ?? unknownUsage
    const reply = toReply(this.#fold)
    const measured = {
      startedAt: this.#startedAt,
      // From the clock that never jumps, so that no call ends before it began.
      endedAt: this.#startedAt + latencyMs / 1000,
      latencyMs,
      timeToFirstTokenMs: this.#firstTokenMs,
      attempts,
      usage,
      price: priceOf(this.#price, this.#call, {
        usage,
        at: this.#startedAt,
        repliedModel: reply.model,
      }),
      ...(trace === null ? {} : { trace }),
    }
    if (this.#failure === null && reply.finishReason !== null) {
      return { status: 'completed', ...measured, reply }
    }
    const failure = this.#failure ?? readerLeft
    const message = failureMessage(failure, this.#call.connection.label)
    return { status: 'failed', ...measured, failure, message, partial: reply, received }
  }
}

const readerLeft: CompletionFailure = { kind: 'cancelled', reason: 'the reader left' }

function isToken(part: CompletionPart): boolean {
  switch (part.type) {
    case 'text-delta':
    case 'reasoning-delta':
    case 'token':
    case 'other-delta':
      return part.text !== ''
    case 'tool-delta':
      return true
    case 'start':
    case 'usage':
    case 'end':
    case 'error':
      return false
  }
}

interface Used {
  readonly usage: TokenUsage
  readonly at: number
  readonly repliedModel: string | null
}

interface PricedCall extends Pick<Call, 'connection' | 'book'> {
  readonly request: { readonly model: string }
}

/** The price of the model asked for; where nobody knows that, of the one that answered. */
export function priceOf(
  pricer: Pricer,
  { connection, request, book }: PricedCall,
  { usage, at, repliedModel }: Used,
): Price {
  const provider = connection.kind === 'openai-compatible' ? connection.name : connection.kind
  const query = { provider, usage, at, book }
  const price = pricer({ ...query, model: request.model })
  const isUnknown = price.status === 'unknown' && price.reason === 'unknown-model'
  if (!isUnknown || repliedModel === null || repliedModel === request.model) return price
  return pricer({ ...query, model: repliedModel })
}
