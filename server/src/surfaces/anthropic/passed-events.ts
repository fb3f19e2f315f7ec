import { eventValue, type StreamEvent } from '../../features/completion/index.ts'
import { isJsonObject, type JsonObject } from '../../platform/json.ts'

interface Passing {
  /** The name asked for. */
  readonly model: string
  /** Something among the events was no part of an answer. */
  readonly isBroken: boolean
}

/**
 * A provider's own events as they came, with the name asked for in place of its model's. Its errors
 * are left out: they are told in words that are safe to show.
 */
export function passedEvents(events: readonly StreamEvent[], { model, isBroken }: Passing): string {
  let text = ''
  for (const event of events) {
    const isKnown = event.name !== null && event.name !== 'message_start' && !isBroken
    const value = isKnown ? null : readingOf(event)
    const name = event.name ?? nameOf(value)
    const isFit = isKnown || (value !== null && name !== 'error' && value['type'] !== 'error')
    if (name === null || name === 'error' || !isFit) continue
    const data = name === 'message_start' ? renamed(value, model) : event.data
    text += `event: ${name}\n${dataLines(data ?? event.data)}\n`
  }
  return text
}

/** Whether what came as an event is in truth a whole reply. */
export function isWholeMessage(event: StreamEvent): boolean {
  return event.name === null && nameOf(readingOf(event)) === 'message'
}

function nameOf(value: JsonObject | null): string | null {
  const type = value?.['type']
  return typeof type === 'string' ? type : null
}

function readingOf(event: StreamEvent): JsonObject | null {
  const value = eventValue(event)
  return isJsonObject(value) ? value : null
}

function renamed(value: JsonObject | null, model: string): string | null {
  const message = value?.['message']
  return isJsonObject(message) ? JSON.stringify({ ...value, message: { ...message, model } }) : null
}

/** A line break in data ends its line, and the next goes on. */
function dataLines(data: string): string {
  if (!data.includes('\n')) return `data: ${data}\n`
  return data
    .split('\n')
    .map((line) => `data: ${line}\n`)
    .join('')
}
