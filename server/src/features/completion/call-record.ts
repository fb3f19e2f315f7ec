import type { Call } from './call.ts'
import { brokenSpan, closingSpan, openingSpan, type SpanPlace } from './call-span.ts'
import type { Outcome } from './outcome.ts'
import type { CompletionContext } from './powers.ts'
import { newRecordId, SpanRecord } from './span-record.ts'

/** The record of a completion that a client waits for, with the targets that were asked in vain. */
export class CallRecord {
  readonly #ctx: CompletionContext
  readonly #place: SpanPlace
  readonly #record: SpanRecord

  constructor(ctx: CompletionContext, place: SpanPlace) {
    this.#ctx = ctx
    this.#place = place
    this.#record = new SpanRecord(ctx)
  }

  /** From now on the call is shown as running, as soon as it has lasted. */
  begin(call: Call): void {
    this.#record.begin(() => openingSpan(call, this.#place))
  }

  /** Another target was asked in vain; it is stored beside the call, under it. */
  noteAttempt(call: Call, outcome: Outcome): void {
    const { spanId: parentSpanId, traceId } = this.#place
    const place: SpanPlace = {
      spanId: newRecordId(this.#ctx.ids),
      traceId,
      parentSpanId,
      name: `attempt ${call.connection.name}/${call.request.model}`,
      startTime: outcome.startedAt,
    }
    this.#record.add({ span: closingSpan(call, place, outcome), trace: outcome.trace })
  }

  /** Stores how the call ended; `more` is known only now. Never throws. */
  async end(call: Call, outcome: Outcome, more: Record<string, unknown> = {}): Promise<void> {
    const attributes = { ...this.#place.attributes, ...more }
    const span = closingSpan(call, { ...this.#place, attributes }, outcome)
    await this.#record.close({ span, trace: outcome.trace })
  }

  /** A fault of our own ended the call. */
  async breakOff(call: Call): Promise<void> {
    const span = brokenSpan(call, this.#place, this.#ctx.clock.nowSeconds())
    await this.#record.close({ span })
  }
}
