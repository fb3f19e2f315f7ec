import { eventValue, type StreamEvent } from '../../features/completion/index.ts'
import { isJsonObject, type JsonObject } from '../../platform/json.ts'
import { lineOf } from './encode-reply.ts'

/** Lines to be written now, and the one that is written when the call is on record. */
export interface PassedLines {
  readonly text: string
  /** The line that is `done`; null if none came yet. Nothing follows it. */
  readonly last: string | null
}

/**
 * An Ollama's own lines under the name asked for, with all that they hold. A line that tells of an
 * error is left out, as is what is no line of JSON: how the stream failed is told at its end.
 */
export function passLines(events: readonly StreamEvent[], model: string): PassedLines {
  let text = ''
  for (const event of events) {
    const value = readLine(event)
    if (value === undefined || typeof value['error'] === 'string') continue
    const line = lineOf({ ...value, model })
    if (value['done'] === true) return { text, last: line }
    text += line
  }
  return { text, last: null }
}

/** An Ollama's whole reply under the name asked for; undefined for what is no JSON object. */
export function passWhole(reply: StreamEvent, model: string): JsonObject | undefined {
  const value = readLine(reply)
  return value && { ...value, model }
}

function readLine(event: StreamEvent): JsonObject | undefined {
  const value = eventValue(event)
  return isJsonObject(value) ? value : undefined
}
