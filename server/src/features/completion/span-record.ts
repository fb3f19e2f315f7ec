import type { Uses } from '../identity/index.ts'
import type { Ids } from '../../platform/ids.ts'
import type { NewSpan } from '../traces/index.ts'
import type { CompletionPowers } from './powers.ts'
import { closeCalls, openSpans, type EndedCall } from './record-spans.ts'

/** A call that is over sooner is written once, when it has ended. */
const openAfterMs = 250

type RecordContext = Uses<'db' | 'clock' | 'caller'> &
  Pick<CompletionPowers, 'processId' | 'log' | 'workroom'>

/**
 * The record of one call that a client waits for. Its span is stored as open only once the call has
 * lasted a while, so that most calls cost one write; it is stored as ended before the reply ends,
 * whatever happened. A process that dies in the first moments of a call leaves no trace of it, and
 * its client no answer.
 */
export class SpanRecord {
  readonly #ctx: RecordContext
  readonly #children: EndedCall[] = []
  #timer: NodeJS.Timeout | undefined
  #opening: Promise<void> | undefined

  constructor(ctx: RecordContext) {
    this.#ctx = ctx
  }

  /** From now on the call is shown as running, as soon as it has lasted. */
  begin(openingSpan: () => NewSpan): void {
    if (this.#opening !== undefined) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#opening = this.#open(openingSpan())
    }, openAfterMs)
  }

  /** A span that is stored with the call's own, when that ends. */
  add(child: EndedCall): void {
    this.#children.push(child)
  }

  /** Stores how the call ended, with its tokens where they were noted. Never throws. */
  async close(call: EndedCall): Promise<void> {
    clearTimeout(this.#timer)
    await this.#opening
    await closeCalls(this.#ctx, [call, ...this.#children], 'after')
  }

  async #open(span: NewSpan): Promise<void> {
    try {
      await openSpans(this.#ctx, [span], 'after')
    } catch (error) {
      this.#ctx.log.warn({ err: error }, 'a running call could not be stored yet')
    }
  }
}

/** An id of a span or trace of our own: 32 hexadecimal digits, which W3C's headers can carry. */
export function newRecordId(ids: Ids): string {
  return ids.uuid().replaceAll('-', '')
}
