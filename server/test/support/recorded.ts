import { readFileSync } from 'node:fs'
import { createParser } from 'eventsource-parser'
import type { CompletionPart } from '../../src/features/completion/part.ts'
import type { ReplyReader, StreamEvent } from '../../src/features/completion/provider.ts'

const folder = new URL('../../src/features/completion/adapters/recorded/', import.meta.url)

/** The bytes of a provider's answer, by file name, as text. */
export function recorded(name: string): string {
  return readFileSync(new URL(name, folder), 'utf8')
}

/** The parts of a recorded whole reply or stream (`*.txt`). */
export function playRecorded(adapter: ReplyReader<unknown>, name: string): CompletionPart[] {
  if (name.endsWith('.json')) return [...adapter.readReply(recorded(name))]
  return playEvents(adapter, recordedEvents(adapter, name))
}

/** The parts of a stream of these events, to its end. */
export function playEvents(
  adapter: ReplyReader<unknown>,
  events: readonly StreamEvent[],
): CompletionPart[] {
  const parts: CompletionPart[] = []
  let state = adapter.startStream()
  for (const event of events) {
    const reduced = adapter.reduceEvent(state, event)
    state = reduced.state
    parts.push(...reduced.parts)
  }
  return [...parts, ...adapter.endStream(state)]
}

/** The events of a recorded stream. */
export function recordedEvents(
  { framing }: ReplyReader<unknown>,
  name: string,
): readonly StreamEvent[] {
  const text = recorded(name)
  if (framing === 'ndjson') {
    return text.split('\n').flatMap((data) => (data === '' ? [] : [{ name: null, data }]))
  }
  const events: StreamEvent[] = []
  const onEvent = ({ event, data }: { event?: string | undefined; data: string }) =>
    events.push({ name: event ?? null, data })
  createParser({ onEvent }).feed(text)
  return events
}
