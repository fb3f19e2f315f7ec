import type { ContentPart, JsonMap, Message } from '../request.ts'
import { isReadable, mediaTypeOf, textOfDocument, type DocumentPart } from './documents.ts'
import { imageSource, warnOfDetail } from './images.ts'
import { argumentsObject, fitMessages, joinResults, plainRoles } from './request-messages.ts'
import type { Warn } from './request-parts.ts'

const holds = {
  ...plainRoles,
  user: ['text', 'image', 'document'],
  assistant: ['text', 'tool-call', 'reasoning'],
} as const

/** Messages without the system's; the results of several calls go back in one message. */
export function toAnthropicMessages(messages: readonly Message[], warn: Warn): readonly JsonMap[] {
  const fitting = fitMessages(messages, holds, { label: 'Anthropic', warn })
  return joinResults(fitting).flatMap(({ role, content }): readonly JsonMap[] => {
    const [only, ...more] = content
    // Text alone is sent as text, as the contract has it.
    if (only === undefined) return [{ role, content: '' }]
    if (only.type === 'text' && more.length === 0) return [{ role, content: only.text }]
    const blocks = content.flatMap((part) => toBlock(part, warn))
    return blocks.length === 0 ? [] : [{ role: role === 'tool' ? 'user' : role, content: blocks }]
  })
}

function toBlock(part: ContentPart, warn: Warn): readonly JsonMap[] {
  switch (part.type) {
    case 'text':
      // Anthropic refuses a block of empty text, and nothing is lost with it.
      return part.text === '' ? [] : [{ type: 'text', text: part.text }]
    case 'image':
      return [toImage(part, warn)]
    case 'document':
      return [toDocument(part)]
    case 'reasoning':
      return toThinking(part, warn)
    case 'tool-call':
      return [toToolUse(part, warn)]
    case 'tool-result':
      return [toToolResult(part)]
  }
}

function toImage({ image, detail }: Extract<ContentPart, { type: 'image' }>, warn: Warn): JsonMap {
  warnOfDetail(detail, 'Anthropic', warn)
  const source = imageSource(image)
  if (source.kind === 'url') return { type: 'image', source: { type: 'url', url: source.url } }
  const { mediaType, base64 } = source
  return { type: 'image', source: { type: 'base64', media_type: mediaType, data: base64 } }
}

/**
 * What can be read is sent as text, the rest as bytes, of which Anthropic reads PDFs; it says so
 * itself of others.
 */
function toDocument(part: DocumentPart): JsonMap {
  const title = part.name === undefined ? {} : { title: part.name }
  const source = isReadable(part)
    ? { type: 'text', media_type: 'text/plain', data: textOfDocument(part) }
    : { type: 'base64', media_type: mediaTypeOf(part), data: part.base64 }
  return { type: 'document', source, ...title }
}

/** Only what Anthropic signed itself may go back. */
function toThinking(
  { text, signature, isRedacted }: Extract<ContentPart, { type: 'reasoning' }>,
  warn: Warn,
): readonly JsonMap[] {
  if (signature === undefined) {
    const message = 'Thinking without a signature of Anthropic cannot be sent back; left out'
    warn('messages', message, 'harmless')
    return []
  }
  if (isRedacted) return [{ type: 'redacted_thinking', data: signature }]
  return [{ type: 'thinking', thinking: text, signature }]
}

function toToolUse(
  { id, name, argumentsText }: Extract<ContentPart, { type: 'tool-call' }>,
  warn: Warn,
): JsonMap {
  return { type: 'tool_use', id, name, input: argumentsObject(argumentsText, warn) }
}

function toToolResult({
  id,
  text,
  isError,
}: Extract<ContentPart, { type: 'tool-result' }>): JsonMap {
  return {
    type: 'tool_result',
    tool_use_id: id,
    content: text,
    ...(isError ? { is_error: true } : {}),
  }
}
