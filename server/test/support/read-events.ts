import type { EventReader, StreamedEvent } from '../../src/platform/upstream/stream-event.ts'

/** A body's events, those that a chunk completes together. */
export async function* eventsOf(
  reader: EventReader,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly StreamedEvent[]> {
  for await (const chunk of chunks) {
    const events = reader.feed(chunk)
    if (events.length > 0) yield events
  }
  const last = reader.end()
  if (last.length > 0) yield last
}
