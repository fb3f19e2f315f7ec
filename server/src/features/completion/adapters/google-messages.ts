import type { ContentPart, JsonMap, Message } from '../request.ts'
import {
  isPdf,
  isReadable,
  mediaTypeOf as documentType,
  warnOfDocument,
  type DocumentPart,
} from './documents.ts'
import type { GeminiModel } from './google-model.ts'
import { imageSource, warnOfDetail } from './images.ts'
import {
  argumentsObject,
  fitMessages,
  joinResults,
  plainRoles,
  toolNames,
} from './request-messages.ts'
import { given, type Warn } from './request-parts.ts'

const holds = {
  ...plainRoles,
  user: ['text', 'image', 'document'],
  assistant: ['text', 'image', 'tool-call', 'reasoning'],
} as const

interface Building {
  readonly model: GeminiModel
  readonly names: ReadonlyMap<string, string>
  readonly warn: Warn
}

/** `contents` without the system's; the results of several calls go back in one. */
export function toGeminiContents(
  messages: readonly Message[],
  model: GeminiModel,
  warn: Warn,
): readonly JsonMap[] {
  const fitting = fitMessages(messages, holds, { label: 'Google', warn })
  const building = { model, names: toolNames(fitting), warn }
  return joinResults(fitting).flatMap(({ role, content }): readonly JsonMap[] => {
    const signed = model.wantsSignatures ? withSignature(content) : content
    const parts = signed.flatMap((part) => toPart(part, building))
    if (parts.length === 0 && content.length > 0) return []
    return [{ role: role === 'assistant' ? 'model' : 'user', parts }]
  })
}

/** What Google documents for calls that another model made. */
const foreignCall = 'skip_thought_signature_validator'

/** The first of several calls at once speaks for all of them. */
function withSignature(content: readonly ContentPart[]): readonly ContentPart[] {
  const calls = content.filter((part) => part.type === 'tool-call')
  const [first] = calls
  if (!first || calls.some(({ signature }) => signature !== undefined)) return content
  return content.map((part) => (part === first ? { ...first, signature: foreignCall } : part))
}

function toPart(part: ContentPart, building: Building): readonly JsonMap[] {
  switch (part.type) {
    case 'text':
      return [{ text: part.text, ...given('thoughtSignature', part.signature) }]
    case 'image':
      return toImage(part, building)
    case 'document':
      return toFile(part, building.warn)
    case 'reasoning':
      return toThought(part, building.warn)
    case 'tool-call':
      return [toCall(part, building.warn)]
    case 'tool-result':
      return [toAnswer(part, building)]
  }
}

function toImage(
  { image, detail }: Extract<ContentPart, { type: 'image' }>,
  { model, warn }: Building,
): readonly JsonMap[] {
  warnOfDetail(detail, 'Google', warn)
  const source = imageSource(image)
  if (source.kind === 'bytes') {
    return [{ inlineData: { mimeType: source.mediaType, data: source.base64 } }]
  }
  if (model.fetchesImages && /^(?:https|gs):/i.test(source.url)) {
    return [{ fileData: { ...given('mimeType', mediaTypeOf(source.url)), fileUri: source.url } }]
  }
  warn('messages', 'This model of Google fetches no image from such a URL')
  return []
}

/** Source: hypersigil contract §5.3, where other types are lost without a word. */
function toFile(part: DocumentPart, warn: Warn): readonly JsonMap[] {
  if (isReadable(part) || isPdf(part)) {
    return [{ inlineData: { mimeType: documentType(part), data: part.base64 } }]
  }
  warnOfDocument(part, 'Google', warn)
  return []
}

const mediaTypes = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['gif', 'image/gif'],
  ['heic', 'image/heic'],
  ['heif', 'image/heif'],
])

function mediaTypeOf(url: string): string | undefined {
  const [path = ''] = url.split(/[?#]/, 1)
  return mediaTypes.get(path.slice(path.lastIndexOf('.') + 1).toLowerCase())
}

function toThought(
  { text, signature, isRedacted }: Extract<ContentPart, { type: 'reasoning' }>,
  warn: Warn,
): readonly JsonMap[] {
  if (signature === undefined && !isRedacted) return [{ text, thought: true }]
  const message = "Another provider's signed thinking cannot be sent to Google; left out"
  warn('messages', message, 'harmless')
  return []
}

function toCall(
  { id, name, argumentsText, signature }: Extract<ContentPart, { type: 'tool-call' }>,
  warn: Warn,
): JsonMap {
  const args = argumentsObject(argumentsText, warn)
  return { functionCall: { id, name, args }, ...given('thoughtSignature', signature) }
}

function toAnswer(
  { id, name, text, isError }: Extract<ContentPart, { type: 'tool-result' }>,
  { names, warn }: Building,
): JsonMap {
  const known = name ?? names.get(id)
  if (known === undefined) {
    const message = `The tool of result ${id} is unknown; it is sent under the result's id`
    warn('messages', message, 'harmless')
  }
  const response = isError ? { error: text } : { output: text }
  return { functionResponse: { id, name: known ?? id, response } }
}
