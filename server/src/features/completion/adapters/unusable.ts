import { isJsonObject } from '../../../platform/json.ts'
import type { CompletionFailure } from '../failure.ts'
import type { CompletionPart } from '../part.ts'

type ErrorPart = Extract<CompletionPart, { type: 'error' }>

/** More calls than this no model means; what follows the parts copies their list call by call. */
const maxCalls = 1000

/** What is wrong with parts that are right each by itself, if anything. */
export function excessOf(parts: readonly CompletionPart[]): string | null {
  const isTooMuch = parts.some((part) => part.type === 'tool-delta' && part.index >= maxCalls)
  return isTooMuch ? `more than ${maxCalls} tool calls` : null
}

const maxReceivedBytes = 64 * 1024
const maxMessageLength = 1000

/** A 2xx that cannot be used, for example `no choices`. `received` is what came, any length. */
export function unusable(label: string, fault: string, received: string): ErrorPart {
  return failed(`${label} returned an empty or invalid response (${fault})`, received)
}

/** An error that came where an answer should be. `error` is whatever the provider put there. */
export function reported(label: string, error: unknown, received: string): ErrorPart {
  const message = errorMessage(error).slice(0, maxMessageLength)
  return failed(`${label} reported an error: ${message}`, received)
}

/** The error inside a 2xx body or a stream's event, if there is one. */
export function errorInside(value: unknown): unknown {
  if (!isJsonObject(value)) return undefined
  if (value['object'] === 'error') return value
  return value['error'] ?? undefined
}

function errorMessage(error: unknown): string {
  if (typeof error === 'string') return error
  if (isJsonObject(error) && typeof error['message'] === 'string') return error['message']
  return JSON.stringify(error)
}

function failed(reason: string, received: string): ErrorPart {
  const failure: CompletionFailure = { kind: 'unusable', reason, received: cutReceived(received) }
  return { type: 'error', failure }
}

function cutReceived(text: string): string {
  const bytes = Buffer.from(text.slice(0, maxReceivedBytes))
  if (text.length <= maxReceivedBytes && bytes.length <= maxReceivedBytes) return text
  // As a stream, so that a character cut in two is left out instead of replaced.
  return new TextDecoder().decode(bytes.subarray(0, maxReceivedBytes), { stream: true })
}
