import { isJsonObject, type JsonObject } from '../../../../platform/json.ts'
import type { Dialect, MessageSource, Source } from './dialect.ts'
import { firstOf } from './first-of.ts'
import { parseJson, toJson } from './json.ts'
import { toToolCall } from './message-parts.ts'
import { promptText, spokenText, toMessages, type Message } from './messages.ts'
import { firstText, valueAt, type Reading } from './reading.ts'
import { unflatten } from './unflatten.ts'

type Dialects = readonly Dialect[]

/** Instructions and messages as the JSON text of OpenAI's message list. */
export function readPrompt(reading: Reading, dialects: Dialects): string | undefined {
  const messages = firstMessages(reading, dialects, 'prompt', 'user')
  const system = firstMessages(reading, dialects, 'system', 'system')
  // Instructions stand beside the messages, unless the tracer repeats them there.
  const isRepeated = messages.some(({ role }) => role === 'system')
  const all = isRepeated ? messages : [...system, ...messages]
  return all.length === 0 ? undefined : promptText(all)
}

function firstMessages(
  reading: Reading,
  dialects: Dialects,
  field: 'system' | 'prompt' | 'reply',
  role: string,
): readonly Message[] {
  const found = firstOf(dialects, (dialect) =>
    dialect[field]
      ?.map((source) => messagesFrom(reading, source, role))
      .find((messages) => messages.length > 0),
  )
  return found ?? []
}

function messagesFrom(reading: Reading, source: MessageSource, role: string): Message[] {
  switch (source.read) {
    case 'messages':
      return toMessages(valueAt(reading, source.key), role)
    case 'quoted':
      return toMessages(unquote(valueAt(reading, source.key)), role)
    case 'flat':
      return toMessages(unflatten(reading.attributes, source.prefix), role)
    case 'events':
      return reading.events
        .filter(({ name }) => source.names.includes(name))
        .flatMap((event) => toMessages(eventBody(event.attributes), roleOfEvent(event.name)))
  }
}

function unquote(value: unknown): unknown {
  return Array.isArray(value) ? value.map(unquoteText) : unquoteText(value)
}

function unquoteText(value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith('"')) return value
  const parsed = parseJson(`[${value}]`)
  return Array.isArray(parsed) ? parsed[0] : value
}

/** The role that an event's name gives to a message without one. */
function roleOfEvent(name: string): string {
  const [, role = ''] = /^gen_ai\.(system|user|assistant|tool)\.message$/.exec(name) ?? []
  if (role !== '') return role
  return name === 'gen_ai.content.prompt' ? 'user' : 'assistant'
}

/** Names under which an event carries a whole message, or all of them; else its own attributes. */
const bodyKeys = ['gen_ai.event.content', 'gen_ai.prompt', 'gen_ai.completion', 'body'] as const

function eventBody(attributes: JsonObject): unknown {
  const body = bodyKeys.map((key) => attributes[key]).find((value) => value !== undefined)
  const told = (typeof body === 'string' ? parseJson(body) : undefined) ?? body ?? attributes
  if (!isJsonObject(told) || typeof told['message'] !== 'string') return told
  // A choice may hold its message as text: JSON of a message or of its parts, or what was said.
  const message = parseJson(told['message']) ?? told['message']
  return isJsonObject(message)
    ? { ...told, message }
    : { content: message, finish_reason: told['finish_reason'] }
}

export interface Reply {
  readonly completion: string | undefined
  readonly toolCalls: string | undefined
  readonly finishReason: string | undefined
}

/** The first answer that says something: others of the list are alternatives to it. */
export function readReply(reading: Reading, dialects: Dialects): Reply {
  const told = firstOf(dialects, (dialect) => {
    const completion = firstText(reading, dialect.completion)
    const toolCalls = readToolCalls(reading, dialect.toolCalls)
    const isTold = completion !== undefined || toolCalls !== undefined
    return isTold ? { completion, toolCalls, finishReason: undefined } : replyIn(reading, dialect)
  })
  return told ?? { completion: undefined, toolCalls: undefined, finishReason: undefined }
}

function replyIn(reading: Reading, dialect: Dialect): Reply | undefined {
  const messages = firstMessages(reading, [dialect], 'reply', 'assistant')
  const reply = messages.find((message) => spokenText(message) !== '' || message.tool_calls)
  const message = reply ?? messages[0]
  if (!message) return undefined
  return {
    completion: spokenText(message) || undefined,
    toolCalls: message.tool_calls && toJson(message.tool_calls),
    finishReason: message.finishReason,
  }
}

function readToolCalls(reading: Reading, sources: readonly Source[] = []): string | undefined {
  const list = parseJson(firstText(reading, sources) ?? '')
  if (!Array.isArray(list)) return undefined
  const calls = list.flatMap((call) => toToolCall(call) ?? [])
  return calls.length === 0 ? undefined : toJson(calls)
}
