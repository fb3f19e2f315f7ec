import { isJsonObject, type JsonObject } from '../../platform/json.ts'
import { readJson } from './adapters/read-json.ts'

/** What a provider says is wrong; null where it does not say. */
export interface Complaint {
  readonly message: string | null
  readonly type: string | null
  readonly code: string | null
  readonly param: string | null
}

const silent: Complaint = { message: null, type: null, code: null, param: null }
const maxLength = 2000

/**
 * Reads the error body of a provider: `{error: {message, type, code, param}}` of OpenAI and
 * Anthropic, the same with a `status` of Google (alone or in a list), `{error: "…"}` of Ollama, and
 * `{message}` or `{detail}` of many others. Any other text is the message itself unless it is HTML.
 */
export function readComplaint(body: string): Complaint {
  const reading = readJson(body)
  const value: unknown = reading.isJson ? reading.value : body
  const [first] = Array.isArray(value) ? (value as readonly unknown[]) : [value]
  if (typeof first === 'string') return { ...silent, message: plainText(first) }
  if (!isJsonObject(first)) return silent
  const { error = first } = first
  if (typeof error === 'string') return { ...silent, message: plainText(error) }
  return isJsonObject(error) ? fromError(error) : silent
}

function fromError(error: JsonObject): Complaint {
  const message = error['message'] ?? error['detail']
  const code = error['status'] ?? error['code']
  return {
    message: typeof message === 'string' ? plainText(message) : null,
    type: textOf(error['type']),
    code: typeof code === 'number' ? String(code) : textOf(code),
    param: textOf(error['param']),
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, maxLength) : null
}

/** A page made for people says nothing to a program. */
function plainText(text: string): string | null {
  const trimmed = text.trim()
  return trimmed === '' || trimmed.startsWith('<') ? null : trimmed.slice(0, maxLength)
}
