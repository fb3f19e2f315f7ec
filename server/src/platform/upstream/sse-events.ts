import { createParser } from 'eventsource-parser'
import { eventTooLong, type EventLimits, longestEvent, type StreamedEvent } from './stream-event.ts'

/**
 * A body of server-sent events, event by event, however its bytes were cut. Comments, ids and
 * retry hints are passed over. An event that the end of the body cuts short is given as far as it
 * came, so that what a provider said last is seen.
 *
 * @throws UpstreamError for an event beyond the limit, and whatever `chunks` throws.
 */
export async function* sseEvents(
  chunks: AsyncIterable<Uint8Array>,
  limits: EventLimits = {},
): AsyncGenerator<StreamedEvent> {
  const decoder = new TextDecoder()
  let events: StreamedEvent[] = []
  let isTooLong = false
  const parser = createParser({
    maxBufferSize: limits.eventLength ?? longestEvent,
    onEvent: ({ event, data }) => events.push({ name: event ?? null, data }),
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') isTooLong = true
    },
  })
  const taken = () => {
    const ready = events
    events = []
    return ready
  }
  for await (const chunk of chunks) {
    parser.feed(decoder.decode(chunk, { stream: true }))
    yield* taken()
    if (isTooLong) throw eventTooLong(limits)
  }
  // A blank line completes what is open; the first break may be the second half of a CRLF.
  parser.feed(`${decoder.decode()}\n\n`)
  yield* taken()
}
