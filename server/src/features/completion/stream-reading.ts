import { LineReader } from '../../platform/upstream/ndjson-lines.ts'
import { SseReader } from '../../platform/upstream/sse-events.ts'
import type { EventReader } from '../../platform/upstream/stream-event.ts'
import type { CallBatch } from './answer.ts'
import type { CompletionPart } from './part.ts'
import type { ReplyReader } from './provider.ts'
import { ProviderEvent } from './provider-event.ts'

/** A provider's stream on its way from bytes to batches. */
export class StreamReading {
  readonly #adapter: ReplyReader<unknown>
  readonly #events: EventReader
  #state: unknown

  constructor(adapter: ReplyReader<unknown>, attempts: number) {
    this.#adapter = adapter
    this.#events =
      adapter.framing === 'sse' ? new SseReader({ attempts }) : new LineReader({ attempts })
    this.#state = adapter.startStream()
  }

  /** What a chunk completes. Throws UpstreamError for an event that is too long. */
  feed(chunk: Uint8Array): CallBatch {
    return this.#reduce(this.#events.feed(chunk))
  }

  /** What the end of the stream completes, and what is still to be said of it. */
  end(): CallBatch {
    const last = this.#reduce(this.#events.end())
    return { ...last, parts: [...last.parts, ...this.#adapter.endStream(this.#state)] }
  }

  #reduce(told: ReturnType<EventReader['feed']>): CallBatch {
    if (told.length === 0) return nothing
    const parts: CompletionPart[] = []
    const events = told.map((event) => new ProviderEvent(event))
    for (const event of events) {
      const reduced = this.#adapter.reduceEvent(this.#state, event)
      this.#state = reduced.state
      parts.push(...reduced.parts)
    }
    return { events, parts }
  }
}

const nothing: CallBatch = { events: [], parts: [] }
