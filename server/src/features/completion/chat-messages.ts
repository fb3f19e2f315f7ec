import { DomainError } from '../../platform/domain-error.ts'
import { isJsonObject, type JsonObject } from '../../platform/json.ts'
import { shownDocument, type DocumentPart } from './adapters/documents.ts'
import { urlOfImage } from './adapters/images.ts'
import { readBlock } from './chat-messages-block.ts'
import { readGeminiPart } from './chat-messages-gemini.ts'
import { startCallLedger, type CallLedger } from './chat-messages-ledger.ts'
import type { ContentPart, JsonMap, JsonValue, Message, MessageRole } from './request.ts'

export interface ChatMessagesOptions {
  /** A plain text stands for one message of the user. Default false. */
  readonly allowText?: boolean
}

/**
 * Reads a stored prompt, already parsed: a list of messages in the form of OpenAI, Anthropic,
 * Gemini, the AI SDK or OpenTelemetry, even mixed, or a request body that holds one. Throws
 * `invalid` with a sentence that names the message's index. What cannot be sent again (audio, a
 * provider's own tools) is refused, because a prompt without it would be another prompt.
 */
export function fromChatMessages(json: unknown, options: ChatMessagesOptions = {}): Message[] {
  if (typeof json === 'string' && options.allowText) {
    return [{ role: 'user', content: [{ type: 'text', text: json }] }]
  }
  const ledger = startCallLedger()
  try {
    return listOf(json).flatMap((message, index) =>
      readMessage(message, `messages[${index}]`, ledger),
    )
  } catch (error) {
    // The stack ends when arguments that nest too deep are written as text.
    if (!(error instanceof RangeError)) throw error
    throw new DomainError('invalid', 'The prompt is nested too deeply', { cause: error })
  }
}

function listOf(json: unknown): readonly unknown[] {
  if (Array.isArray(json)) return json
  if (isJsonObject(json)) {
    const list = json['messages'] ?? json['contents']
    const system = json['system'] ?? json['systemInstruction'] ?? json['system_instruction']
    if (Array.isArray(list)) return [...systemOf(system), ...(list as unknown[])]
  }
  throw new DomainError('invalid', 'The prompt is not a list of messages')
}

function systemOf(system: unknown): readonly unknown[] {
  if (system === undefined || system === null) return []
  const content = isJsonObject(system) ? system['parts'] : system
  return [{ role: 'system', content }]
}

const roles = new Map<unknown, MessageRole>([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['human', 'user'],
  ['assistant', 'assistant'],
  ['ai', 'assistant'],
  ['model', 'assistant'],
  ['tool', 'tool'],
  ['function', 'tool'],
])

function readMessage(message: unknown, at: string, ledger: CallLedger): readonly Message[] {
  if (!isJsonObject(message)) throw new DomainError('invalid', `${at} is not a message object`)
  const isGemini = message['content'] === undefined && Array.isArray(message['parts'])
  const role = roles.get(message['role'] ?? (isGemini ? 'user' : undefined))
  if (role === undefined) {
    throw new DomainError('invalid', `${at} has no known role: ${shown(message['role'])}`)
  }
  const content = readContent(message['content'] ?? message['parts'], at, ledger)
  if (role === 'tool' && content.every(({ type }) => type === 'text')) {
    return [toolMessage(message, content, { at, ledger })]
  }
  return byRole(role, [...content, ...readCalls(message, at, ledger)], at)
}

function shown(value: unknown): string {
  return value === undefined ? 'it has none' : (JSON.stringify(value)?.slice(0, 80) ?? '')
}

function readContent(content: unknown, at: string, ledger: CallLedger): readonly ContentPart[] {
  if (content === undefined || content === null) return []
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  const blocks: readonly unknown[] = Array.isArray(content) ? content : [content]
  return blocks.flatMap((block, index): readonly ContentPart[] => {
    const place = `${at}.content[${index}]`
    if (typeof block === 'string') return [{ type: 'text', text: block }]
    if (!isJsonObject(block)) throw new DomainError('invalid', `${place} is not a content part`)
    return block['type'] === undefined
      ? readGeminiPart(block, place, ledger)
      : [readBlock(block, place, ledger)]
  })
}

/** OpenAI's calls stand beside the content. */
function readCalls(message: JsonObject, at: string, ledger: CallLedger): readonly ContentPart[] {
  const legacy = message['function_call'] ?? undefined
  const calls = message['tool_calls'] ?? (legacy === undefined ? [] : [{ function: legacy }])
  if (!Array.isArray(calls)) throw new DomainError('invalid', `${at}.tool_calls is not a list`)
  return calls.map((call: unknown, index) => {
    const place = `${at}.tool_calls[${index}]`
    if (!isJsonObject(call)) throw new DomainError('invalid', `${place} is not a tool call`)
    return readBlock({ ...call, type: 'function' }, place, ledger)
  })
}

/** A message of role `tool` whose content is the result's text. */
function toolMessage(
  message: JsonObject,
  content: readonly ContentPart[],
  { at, ledger }: { at: string; ledger: CallLedger },
): Message {
  const name = message['name'] ?? message['tool_name']
  const answered = ledger.answer(message['tool_call_id'], name)
  if (answered === null) throw new DomainError('invalid', `${at} answers no tool call`)
  const text = content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
  const isError = message['is_error'] === true ? { isError: true } : {}
  return { role: 'tool', content: [{ type: 'tool-result', ...answered, text, ...isError }] }
}

/** Results make messages of their own, whoever's message they were in; order is kept. */
function byRole(
  role: MessageRole,
  content: readonly ContentPart[],
  at: string,
): readonly Message[] {
  const messages: { role: MessageRole; content: ContentPart[] }[] = []
  for (const part of content) {
    const own = part.type === 'tool-result' ? 'tool' : role
    checkFits(own, part, at)
    const last = messages.at(-1)
    if (last?.role === own) last.content.push(part)
    else messages.push({ role: own, content: [part] })
  }
  return messages.length > 0 ? messages : [{ role, content: [] }]
}

function checkFits(role: MessageRole, { type }: ContentPart, at: string): void {
  if (role === 'system' && type !== 'text') {
    throw new DomainError('invalid', `${at} is a system message and may hold text only`)
  }
  if (role === 'tool' && type !== 'tool-result') {
    throw new DomainError('invalid', `${at} is a tool's message and may hold results only`)
  }
}

/**
 * Messages in OpenAI's form, which is what `llm.prompt` holds. What that form lacks is written as
 * others write it: thinking as Anthropic's blocks, signatures as Google's `extra_content`.
 * `fromChatMessages` reads it back, all but files, of which only name, type and size are told.
 */
export function toChatMessages(
  messages: readonly Message[],
  toFile: ToFile = shownDocument,
): JsonMap[] {
  return messages.flatMap((message) => toChatMessage(message, toFile))
}

type ToFile = (part: DocumentPart) => JsonMap

function toChatMessage({ role, content }: Message, toFile: ToFile): readonly JsonMap[] {
  const results = content.flatMap((part) => (part.type === 'tool-result' ? [toResult(part)] : []))
  const calls = content.flatMap((part) => (part.type === 'tool-call' ? [toCall(part)] : []))
  const said = content.filter(({ type }) => type !== 'tool-result' && type !== 'tool-call')
  if (role === 'tool' || (results.length > 0 && said.length + calls.length === 0)) return results
  const toolCalls = calls.length > 0 ? { tool_calls: calls } : {}
  return [...results, { role, content: toContent(said, calls.length > 0, toFile), ...toolCalls }]
}

function toContent(content: readonly ContentPart[], hasCalls: boolean, toFile: ToFile): JsonValue {
  const [first, ...more] = content
  if (first === undefined) return hasCalls ? null : ''
  const isPlain = first.type === 'text' && first.signature === undefined && more.length === 0
  return isPlain ? first.text : content.flatMap((part) => toBlock(part, toFile))
}

function toBlock(part: ContentPart, toFile: ToFile): readonly JsonMap[] {
  switch (part.type) {
    case 'text':
      return [{ type: 'text', text: part.text, ...toExtra(part.signature) }]
    case 'image': {
      const detail = part.detail === undefined ? {} : { detail: part.detail }
      return [{ type: 'image_url', image_url: { url: urlOfImage(part.image), ...detail } }]
    }
    case 'document':
      return [toFile(part)]
    case 'reasoning': {
      const signature = part.signature === undefined ? {} : { signature: part.signature }
      if (part.isRedacted) return [{ type: 'redacted_thinking', data: part.signature ?? '' }]
      return [{ type: 'thinking', thinking: part.text, ...signature }]
    }
    case 'tool-call':
    case 'tool-result':
      return []
  }
}

function toCall(call: Extract<ContentPart, { type: 'tool-call' }>): JsonMap {
  const called = { name: call.name, arguments: call.argumentsText }
  return { id: call.id, type: 'function', function: called, ...toExtra(call.signature) }
}

function toExtra(signature: string | undefined): JsonMap {
  if (signature === undefined) return {}
  return { extra_content: { google: { thought_signature: signature } } }
}

function toResult(part: Extract<ContentPart, { type: 'tool-result' }>): JsonMap {
  const name = part.name === undefined ? {} : { name: part.name }
  const isError = part.isError ? { is_error: true } : {}
  return { role: 'tool', tool_call_id: part.id, ...name, content: part.text, ...isError }
}
