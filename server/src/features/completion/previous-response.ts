import { isJsonObject, type JsonObject } from '../../platform/json.ts'
import { allow, identityOf, lendScope, type Uses } from '../identity/index.ts'
import type { TokenUsage } from '../pricing/index.ts'
import { attributesOf, findSpanInReach, type Span } from '../traces/index.ts'
import { readJson } from './adapters/read-json.ts'
import type { Ask } from './ask.ts'
import { fromChatMessages, toChatMessages } from './chat-messages.ts'
import type { Reply } from './fold-parts.ts'
import type { FinishReason } from './part.ts'
import type { ContentPart, Message } from './request.ts'

/** A response that was given and recorded, as a later one may go on from it. */
export interface StoredResponse {
  readonly spanId: string
  /** The request as the client sent it. */
  readonly body: JsonObject
  /** What was said before the reply; instructions, which hold for one request only, are not in it. */
  readonly conversation: readonly Message[]
  readonly reply: readonly ContentPart[]
  /** Null when the reply did not come to an end. */
  readonly finishReason: FinishReason | null
  readonly usage: TokenUsage
  /** Why it failed; null when it did not. */
  readonly errorMessage: string | null
  /** Unix seconds. */
  readonly startedAt: number
  readonly endedAt: number
}

const keys = {
  isStored: 'gateway.response.store',
  messageCount: 'gateway.response.messages',
  reply: 'gateway.response.reply',
  finishReason: 'gateway.response.finish_reason',
} as const

/** What a span must tell from its start for `findStoredResponse` to find it again. */
export function keepForLater(
  conversation: readonly Message[],
  isStored: boolean,
): Readonly<Record<string, unknown>> {
  const messageCount = toChatMessages(conversation).length
  return { [keys.isStored]: isStored, [keys.messageCount]: messageCount }
}

/**
 * The same of a reply: what its text alone does not tell. Each part is a message of its own, since
 * one message of OpenAI's form does not know whether text or call came first.
 */
export function replyForLater(
  { wire }: Pick<Ask, 'wire'>,
  { content, finishReason }: Reply,
): Readonly<Record<string, unknown>> {
  if (wire !== 'openai-responses') return {}
  const [first, ...more] = content
  const isPlain = first?.type === 'text' && first.signature === undefined && more.length === 0
  const parts = content.map((part): Message => ({ role: 'assistant', content: [part] }))
  const reply = isPlain ? {} : { [keys.reply]: JSON.stringify(toChatMessages(parts)) }
  return { ...reply, ...(finishReason === null ? {} : { [keys.finishReason]: finishReason }) }
}

/**
 * The response whose call has this span. Undefined for one that is not there, has not ended, was
 * not to be kept, or is somebody else's. Needs `completions:run` only: it is the caller's own.
 */
export async function findStoredResponse(
  ctx: Uses<'db' | 'caller'>,
  spanId: string,
): Promise<StoredResponse | undefined> {
  allow(ctx.caller, 'completions:run')
  const caller = lendScope(ctx.caller, 'traces:read')
  const span = await findSpanInReach({ ...ctx, caller }, spanId)
  if (span === undefined || span.endTime === null) return undefined
  const attributes = attributesOf(span)
  const isOwn = attributes['gateway.caller'] === identityOf(ctx.caller)
  const isKept = isOwn && attributes['gateway.wire'] === 'openai-responses'
  return isKept && attributes[keys.isStored] !== false
    ? toStored(span, span.endTime, attributes)
    : undefined
}

function toStored(span: Span, endedAt: number, attributes: JsonObject): StoredResponse {
  const body = jsonIn(attributes['gateway.request'])
  return {
    spanId: span.spanId,
    body: isJsonObject(body) ? body : {},
    conversation: conversationOf(attributes),
    reply: replyOf(attributes),
    finishReason: finishReasonOf(attributes[keys.finishReason]),
    usage: {
      inputTokens: countOf(attributes['llm.tokens.input']),
      outputTokens: countOf(attributes['llm.tokens.output']),
      cacheReadTokens: countOf(attributes['llm.tokens.cache_read']),
      cacheWriteTokens: countOf(attributes['llm.tokens.cache_write']),
      reasoningTokens: countOf(attributes['llm.tokens.reasoning']),
    },
    errorMessage: span.status === 'error' ? (span.errorMessage ?? 'The call failed') : null,
    startedAt: span.startTime,
    endedAt,
  }
}

/** Instructions stand in front, whoever gave them; the rest is counted from the end. */
function conversationOf(attributes: JsonObject): readonly Message[] {
  const prompt = jsonIn(attributes['llm.prompt'])
  const count = countOf(attributes[keys.messageCount]) ?? 0
  return Array.isArray(prompt) && count > 0 ? fromChatMessages(prompt.slice(-count)) : []
}

function replyOf(attributes: JsonObject): readonly ContentPart[] {
  const kept = jsonIn(attributes[keys.reply])
  if (Array.isArray(kept)) return fromChatMessages(kept).flatMap(({ content }) => content)
  const text = attributes['llm.completion']
  return typeof text === 'string' && text !== '' ? [{ type: 'text', text }] : []
}

const finishReasons: readonly FinishReason[] = [
  'stop',
  'length',
  'tool_calls',
  'content_filter',
  'other',
]

function finishReasonOf(value: unknown): FinishReason | null {
  return finishReasons.find((reason) => reason === value) ?? null
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}

/** Undefined for what is no JSON text: anybody may send a span with such attributes. */
function jsonIn(text: unknown): unknown {
  const reading = typeof text === 'string' ? readJson(text) : null
  return reading?.isJson ? reading.value : undefined
}
