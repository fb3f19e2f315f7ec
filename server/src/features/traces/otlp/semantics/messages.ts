import { isJsonObject, type JsonObject } from '../../../../platform/json.ts'
import { parseJson, toJson } from './json.ts'
import { toPiece, toToolCall, type Piece, type ToolCall } from './message-parts.ts'

/** A message as OpenAI's chat API takes it, with the finish reason that a tracer put beside it. */
export interface Message {
  readonly role: string
  readonly content?: string | readonly unknown[] | null
  readonly tool_calls?: readonly ToolCall[]
  readonly tool_call_id?: string
  readonly name?: string
  readonly finishReason?: string
}

/** How deep request bodies and texts of JSON may stand inside one another. */
const maxNesting = 4

/**
 * Whatever a tracer wrote down as messages, in OpenAI's form: a list in any of the dialects, a
 * whole request or response body, a prompt, or plain text, which is taken as said by `role`.
 */
export function toMessages(value: unknown, role: string, nesting = 0): Message[] {
  if (nesting > maxNesting) return []
  if (typeof value === 'string') return fromText(value, role, nesting)
  if (Array.isArray(value)) return fromList(flattened(value), role)
  if (!isJsonObject(value)) return []
  const list = listIn(value, role)
  if (list === undefined) return fromMessage(value, role)
  const system = value['system'] ?? value['instructions'] ?? value['systemInstruction']
  return [...toMessages(system, 'system', nesting + 1), ...toMessages(list, role, nesting + 1)]
}

/** JSON that is no message is what was said: a reply may well be JSON. */
function fromText(text: string, role: string, nesting: number): Message[] {
  if (text === '') return []
  const parsed = parseJson(text)
  const messages = isTold(parsed, role) ? toMessages(parsed, role, nesting + 1) : []
  return messages.length > 0 ? messages : [{ role, content: text }]
}

function isTold(value: unknown, role: string): boolean {
  if (Array.isArray(value)) return isMessageList(flattened(value), role)
  return isJsonObject(value) && (isMessage(value) || listIn(value, role) !== undefined)
}

function isMessageList(list: readonly unknown[], role: string): boolean {
  if (list.length === 0) return false
  const isOfObjects = list.every((item) => isJsonObject(item) && (isMessage(item) || isPart(item)))
  return isOfObjects || (role !== 'assistant' && list.every((item) => typeof item === 'string'))
}

/** LangChain writes a list of conversations; they are read as one. */
function flattened(list: readonly unknown[]): readonly unknown[] {
  return list.length > 0 && list.every(Array.isArray) ? list.flat() : list
}

function isMessage(item: JsonObject): boolean {
  const { role, message, parts, type, content } = item
  if (typeof role === 'string' || isJsonObject(message) || Array.isArray(parts)) return true
  return typeof type === 'string' && typeof content === 'string' && Object.hasOwn(roles, type)
}

function isPart(item: JsonObject): boolean {
  return !isMessage(item) && toPiece(item).is !== 'other'
}

const requestLists = ['messages', 'prompt', 'input', 'contents'] as const
const replyLists = ['choices', 'messages', 'candidates', 'output'] as const

/** The messages in a provider's request or response body; undefined when it is none. */
function listIn(body: JsonObject, role: string): unknown {
  if (isMessage(body)) return undefined
  const isReply = role === 'assistant'
  const name = (isReply ? replyLists : requestLists).find((list) => isGiven(body[list], isReply))
  return name === undefined ? undefined : body[name]
}

function isGiven(list: unknown, isReply: boolean): boolean {
  return Array.isArray(list) || (!isReply && (isJsonObject(list) || typeof list === 'string'))
}

function fromList(list: readonly unknown[], role: string): Message[] {
  const isOfParts = list.length > 0 && list.every((item) => isJsonObject(item) && isPart(item))
  if (isOfParts) return fromMessage({ role, content: list }, role)
  return list.flatMap((item) => {
    if (typeof item === 'string') return item === '' ? [] : [{ role, content: item }]
    return isJsonObject(item) ? fromMessage(item, role) : []
  })
}

/** One message may become several: OpenAI gives each tool's answer a message of its own. */
function fromMessage(raw: JsonObject, fallbackRole: string): Message[] {
  const message = unwrapMessage(raw)
  const pieces = piecesOf(message)
  const calls = callsOf(message, pieces)
  const answers = pieces.flatMap((piece) => (piece.is === 'result' ? answerOf(piece) : []))
  const content = contentOf(pieces)
  if (content === undefined && calls.length === 0 && answers.length > 0) return answers
  const role = roleOf(message, fallbackRole)
  const id =
    role === 'tool' ? (textOf(message['tool_call_id']) ?? textOf(message['id'])) : undefined
  const name = textOf(message['name'])
  const finishReason = textOf(raw['finish_reason']) ?? textOf(message['finish_reason'])
  return [
    ...answers,
    {
      role,
      content: content ?? (calls.length > 0 ? null : ''),
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
      ...(id === undefined ? {} : { tool_call_id: id }),
      ...(name === undefined ? {} : { name }),
      ...(finishReason === undefined ? {} : { finishReason }),
    },
  ]
}

/** OpenInference puts a member of each list under the name of what it is. */
function unwrapMessage(raw: JsonObject): JsonObject {
  const { message, prompt, completion } = raw
  return [message, prompt, completion].find(isJsonObject) ?? raw
}

/** Roles, and the types that stand for one, in OpenAI's words. */
const roles: Readonly<Record<string, string>> = {
  human: 'user',
  user: 'user',
  ai: 'assistant',
  assistant: 'assistant',
  model: 'assistant',
  function_call: 'assistant',
  system: 'system',
  tool: 'tool',
  function: 'tool',
}

function roleOf({ role, type }: JsonObject, fallback: string): string {
  if (typeof role === 'string' && role !== '') return nameOfRole(role) ?? role
  return (typeof type === 'string' && nameOfRole(type)) || fallback
}

function nameOfRole(word: string): string | undefined {
  return Object.hasOwn(roles, word) ? roles[word] : undefined
}

/** A call that stands among the parts and beside them is one call. */
function callsOf(message: JsonObject, pieces: readonly Piece[]): readonly ToolCall[] {
  const inside = pieces.flatMap((piece) => (piece.is === 'call' ? piece.call : []))
  if (inside.length > 0) return inside
  const { tool_calls: told, function_call: single } = message
  const list = typeof told === 'string' ? parseJson(told) : told
  const beside: readonly unknown[] = Array.isArray(list) ? list : [single]
  return beside.flatMap((call) => toToolCall(call) ?? [])
}

function piecesOf(message: JsonObject): Piece[] {
  const { parts, content, contents, text } = message
  const told = parts ?? contents ?? content ?? text
  // Gemini's candidates hold `content: { role, parts }`.
  const inner = isJsonObject(told) ? (told['parts'] ?? told) : told
  if (typeof inner === 'string') return piecesOfText(inner)
  if (Array.isArray(inner)) return inner.map(toPiece)
  if (isJsonObject(inner)) return [toPiece(inner)]
  return typeof message['type'] === 'string' ? [toPiece(message)] : []
}

/** Some tracers write the list of parts as JSON text; other JSON is what was said. */
function piecesOfText(text: string): Piece[] {
  if (text === '') return []
  const parsed = text.startsWith('[{') ? parseJson(text) : undefined
  const isOfParts =
    Array.isArray(parsed) && parsed.every((item) => isJsonObject(item) && isPart(item))
  return isOfParts ? parsed.map(toPiece) : [{ is: 'text', text }]
}

function contentOf(pieces: readonly Piece[]): string | readonly unknown[] | undefined {
  const shown = pieces.flatMap(shownPart)
  const [first] = shown
  if (shown.length === 1 && isJsonObject(first) && first['type'] === 'text') {
    return textOf(first['text'])
  }
  return shown.length === 0 ? undefined : shown
}

function shownPart(piece: Piece): unknown[] {
  switch (piece.is) {
    case 'text':
      return [{ type: 'text', text: piece.text }]
    case 'image':
      return [{ type: 'image_url', image_url: { url: piece.url } }]
    case 'other':
      return [piece.part]
    case 'call':
    case 'result':
    case 'thought':
      return []
  }
}

function answerOf({ id, content }: Extract<Piece, { is: 'result' }>): Message {
  return { role: 'tool', ...(id === undefined ? {} : { tool_call_id: id }), content }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The messages as JSON text, without what only a reply has. */
export function promptText(messages: readonly Message[]): string | undefined {
  return toJson(messages.map(({ finishReason: _, ...message }) => message))
}

/** All that was said in words. */
export function spokenText({ content }: Message): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  const texts = content.map((part: unknown) => (isJsonObject(part) ? part['text'] : undefined))
  return texts.filter((text) => typeof text === 'string').join('')
}
