import { eventTooLong, type EventLimits, longestEvent, type StreamedEvent } from './stream-event.ts'

/**
 * A body of one JSON value a line, line by line, however its bytes were cut. Blank lines are
 * passed over; the last line needs no break.
 *
 * @throws UpstreamError for a line beyond the limit, and whatever `chunks` throws.
 */
export async function* ndjsonLines(
  chunks: AsyncIterable<Uint8Array>,
  limits: EventLimits = {},
): AsyncGenerator<StreamedEvent> {
  const decoder = new TextDecoder()
  const { eventLength = longestEvent } = limits
  let open = ''
  for await (const chunk of chunks) {
    // Only what is new is searched, else a long line in small chunks would cost its square.
    const [first = '', ...rest] = decoder.decode(chunk, { stream: true }).split('\n')
    open += first
    for (const piece of rest) {
      yield* lineEvent(open, limits)
      open = piece
    }
    if (open.length > eventLength) throw eventTooLong(limits)
  }
  yield* lineEvent(open + decoder.decode(), limits)
}

function* lineEvent(line: string, limits: EventLimits): Generator<StreamedEvent> {
  if (line.length > (limits.eventLength ?? longestEvent)) throw eventTooLong(limits)
  const data = line.trim()
  if (data !== '') yield { name: null, data }
}
