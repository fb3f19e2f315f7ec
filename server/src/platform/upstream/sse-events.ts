import { createParser } from 'eventsource-parser'
import {
  eventTooLong,
  type EventLimits,
  type EventReader,
  longestEvent,
  type StreamedEvent,
} from './stream-event.ts'

/**
 * Reads a body of server-sent events, however its bytes were cut. Comments, ids and retry hints are
 * passed over. An event that the end of the body cuts short is given as far as it came, so that what
 * a provider said last is seen.
 */
export class SseReader implements EventReader {
  readonly #limits: EventLimits
  readonly #decoder = new TextDecoder()
  readonly #parser: ReturnType<typeof createParser>
  #events: StreamedEvent[] = []
  #isTooLong = false

  constructor(limits: EventLimits = {}) {
    this.#limits = limits
    this.#parser = createParser({
      maxBufferSize: limits.eventLength ?? longestEvent,
      onEvent: ({ event, data }) => this.#events.push({ name: event ?? null, data }),
      onError: ({ type }) => {
        if (type === 'max-buffer-size-exceeded') this.#isTooLong = true
      },
    })
  }

  feed(chunk: Uint8Array): readonly StreamedEvent[] {
    return this.#read(this.#decoder.decode(chunk, { stream: true }))
  }

  end(): readonly StreamedEvent[] {
    // A blank line completes what is open; the first break may be the second half of a CRLF.
    return this.#read(`${this.#decoder.decode()}\n\n`)
  }

  /** What came before an event that is too long is given first; then there is no more to read. */
  #read(text: string): readonly StreamedEvent[] {
    if (!this.#isTooLong) this.#parser.feed(text)
    const events = this.#events
    if (this.#isTooLong && events.length === 0) throw eventTooLong(this.#limits)
    this.#events = []
    return events
  }
}
