import { UpstreamError } from './upstream-error.ts'

/** One event of a streamed reply: its name, if it has one, and its data as text. */
export interface StreamedEvent {
  readonly name: string | null
  readonly data: string
}

/** Turns the bytes of one body into events. Both throw UpstreamError for an event beyond the limit. */
export interface EventReader {
  /** The events that a chunk completes. */
  feed(chunk: Uint8Array): readonly StreamedEvent[]
  /** What is left at the end of the body. */
  end(): readonly StreamedEvent[]
}

export interface EventLimits {
  /** The largest event in UTF-16 units. Default 16 Mi. */
  readonly eventLength?: number
  /** What an UpstreamError is to say. */
  readonly attempts?: number
}

export const longestEvent = 16 * 1024 * 1024

export function eventTooLong({
  eventLength = longestEvent,
  attempts = 1,
}: EventLimits): UpstreamError {
  const reason = `an event of the stream is longer than ${eventLength} characters`
  return new UpstreamError({ kind: 'transport', reason }, attempts)
}
