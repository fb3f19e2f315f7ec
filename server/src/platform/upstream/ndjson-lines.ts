import {
  eventTooLong,
  type EventLimits,
  type EventReader,
  longestEvent,
  type StreamedEvent,
} from './stream-event.ts'

/**
 * Reads a body of one JSON value a line, however its bytes were cut. Blank lines are passed over; the
 * last line needs no break.
 */
export class LineReader implements EventReader {
  readonly #limits: EventLimits
  readonly #longest: number
  readonly #decoder = new TextDecoder()
  #open = ''
  #isTooLong = false

  constructor(limits: EventLimits = {}) {
    this.#limits = limits
    this.#longest = limits.eventLength ?? longestEvent
  }

  feed(chunk: Uint8Array): readonly StreamedEvent[] {
    // Only what is new is searched, else a long line in small chunks would cost its square.
    const [first = '', ...rest] = this.#decoder.decode(chunk, { stream: true }).split('\n')
    const lines: StreamedEvent[] = []
    this.#open += first
    for (const piece of rest) {
      this.#take(lines)
      this.#open = piece
    }
    if (this.#open.length > this.#longest) this.#isTooLong = true
    return this.#given(lines)
  }

  end(): readonly StreamedEvent[] {
    const lines: StreamedEvent[] = []
    this.#open += this.#decoder.decode()
    this.#take(lines)
    return this.#given(lines)
  }

  #take(lines: StreamedEvent[]): void {
    const data = this.#open.trim()
    if (data.length > this.#longest) this.#isTooLong = true
    else if (data !== '' && !this.#isTooLong) lines.push({ name: null, data })
  }

  /** What came before a line that is too long is given first; then there is no more to read. */
  #given(lines: readonly StreamedEvent[]): readonly StreamedEvent[] {
    if (this.#isTooLong && lines.length === 0) throw eventTooLong(this.#limits)
    return lines
  }
}
