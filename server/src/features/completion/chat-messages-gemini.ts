import { DomainError } from '../../platform/domain-error.ts'
import { isJsonObject, type JsonObject } from '../../platform/json.ts'
import { argumentsText } from './adapters/read-json.ts'
import { imageSource } from './adapters/images.ts'
import type { CallLedger } from './chat-messages-ledger.ts'
import type { ContentPart } from './request.ts'

/** Content without a `type`: Gemini tells its parts by the member they have. */
export function readGeminiPart(
  part: JsonObject,
  at: string,
  ledger: CallLedger,
): readonly ContentPart[] {
  const member = (camel: string, snake: string): unknown => part[camel] ?? part[snake]
  const signature = signatureOf(member('thoughtSignature', 'thought_signature'))
  const { text, thought } = part
  if (typeof text === 'string') return signedText(text, thought === true, signature)
  const call = member('functionCall', 'function_call')
  if (isJsonObject(call)) return [{ ...readCall(call, at, ledger), ...signature }]
  const answer = member('functionResponse', 'function_response')
  if (isJsonObject(answer)) return [readAnswer(answer, at, ledger)]
  const bytes = member('inlineData', 'inline_data')
  const file = member('fileData', 'file_data')
  const image =
    (isJsonObject(bytes) ? bytesOf(bytes) : null) ?? (isJsonObject(file) ? fileOf(file) : null)
  if (image !== null) return [image]
  throw new DomainError('invalid', `${at} is of no known type`)
}

/** Google's signatures stand on text and calls; that of a thought gets an empty text of its own. */
function signedText(
  text: string,
  isThought: boolean,
  signature: { signature?: string },
): readonly ContentPart[] {
  if (!isThought) return [{ type: 'text', text, ...signature }]
  const carrier: readonly ContentPart[] =
    signature.signature === undefined ? [] : [{ type: 'text', text: '', ...signature }]
  return [{ type: 'reasoning', text }, ...carrier]
}

function signatureOf(value: unknown): { signature?: string } {
  return typeof value === 'string' ? { signature: value } : {}
}

function readCall(call: JsonObject, at: string, ledger: CallLedger): ContentPart {
  const { id, name, args } = call
  if (typeof name !== 'string') {
    throw new DomainError('invalid', `${at} is a tool call without a name`)
  }
  return { type: 'tool-call', id: ledger.call(id, name), name, argumentsText: argumentsText(args) }
}

/** What a function gave stands under `output`, a failure under `error` (Gemini's API reference). */
function readAnswer(
  { id, name, response }: JsonObject,
  at: string,
  ledger: CallLedger,
): ContentPart {
  const answered = ledger.answer(id, name)
  if (answered === null) throw new DomainError('invalid', `${at} answers no tool call`)
  const members = isJsonObject(response) ? Object.keys(response) : []
  const only = members.length === 1 ? members[0] : undefined
  const isWrapped = isJsonObject(response) && (only === 'output' || only === 'error')
  const value = isWrapped ? response[only] : (response ?? {})
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return {
    type: 'tool-result',
    ...answered,
    text,
    ...(isWrapped && only === 'error' ? { isError: true } : {}),
  }
}

function bytesOf(inline: JsonObject): ContentPart | null {
  const { mimeType = inline['mime_type'], data } = inline
  if (typeof mimeType !== 'string' || typeof data !== 'string') return null
  if (!mimeType.startsWith('image/')) return null
  return { type: 'image', image: { kind: 'bytes', mediaType: mimeType, base64: data } }
}

function fileOf(file: JsonObject): ContentPart | null {
  const { mimeType = file['mime_type'] ?? 'image/', fileUri: url = file['file_uri'] } = file
  if (typeof url !== 'string' || !String(mimeType).startsWith('image/')) return null
  return { type: 'image', image: imageSource({ kind: 'url', url }) }
}
