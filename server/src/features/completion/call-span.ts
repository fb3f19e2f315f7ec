import { newSpan, type NewSpan } from '../traces/index.ts'
import type { Call } from './call.ts'
import { firstCharacters } from './failure-words.ts'
import type { Reply } from './fold-parts.ts'
import type { FailedOutcome, Outcome } from './outcome.ts'
import { toolCallsText } from './tool-calls-text.ts'

/** Where a call's span stands. `attributes` are the caller's own, beside those of the call. */
export interface SpanPlace {
  readonly spanId: string
  readonly traceId: string
  readonly parentSpanId: string | null
  readonly name: string
  /** Unix seconds. */
  readonly startTime: number
  readonly attributes?: Readonly<Record<string, unknown>>
}

export interface ClosingOptions {
  /** Unix seconds; the outcome's own end if not given. */
  readonly endTime?: number
  /** How much of the reason becomes the error message; its first 200 characters by default. */
  readonly errorMessage?: 'cut' | 'whole'
  /** Whose word `llm.finish_reason` is; the provider's by default. */
  readonly finishReason?: 'provider' | 'ours'
}

type Attributes = Readonly<Record<string, unknown>>

/**
 * The span of a call that is about to be made: `unset`, with all that is known before, the exact
 * body among it. Source of the first keys: beacon contract §6.1.
 */
export function openingSpan(call: Call, place: SpanPlace): NewSpan {
  return newSpan({
    ...placed(place),
    status: 'unset',
    errorMessage: null,
    endTime: null,
    attributes: { ...place.attributes, ...asked(call), ...settings(call), ...sent(call) },
  })
}

/** The same span with how the call ended: what came, what it took, what it cost. */
export function closingSpan(
  call: Call,
  place: SpanPlace,
  outcome: Outcome,
  options: ClosingOptions = {},
): NewSpan {
  const { endTime = outcome.endedAt, errorMessage = 'cut', finishReason = 'provider' } = options
  const ended = { ...placed(place), endTime, price: explanationOf(outcome) }
  const before = { ...place.attributes, ...asked(call) }
  if (outcome.status === 'completed') {
    const attributes = {
      ...before,
      ...settings(call),
      'llm.completion': outcome.reply.text,
      ...used(outcome, call),
      ...finished(outcome.reply, finishReason),
      ...said(outcome.reply, call),
      ...sent(call),
      ...took(outcome),
    }
    return newSpan({ ...ended, status: 'ok', errorMessage: null, attributes })
  }
  const { message, partial } = outcome
  const attributes = {
    ...before,
    ...(partial.text === '' ? {} : { 'llm.completion': partial.text }),
    ...used(outcome, call),
    ...said(partial, call),
    ...sent(call),
    ...took(outcome),
    ...failed(outcome),
  }
  const shown = errorMessage === 'cut' ? firstCharacters(message) : message
  return newSpan({ ...ended, status: 'error', errorMessage: shown, attributes })
}

/** The same span when a fault of our own ended the call; what it is stays in the log. */
export function brokenSpan(call: Call, place: SpanPlace, endTime: number): NewSpan {
  const opening = openingSpan(call, place)
  return { ...opening, status: 'error', errorMessage: 'Internal error', endTime }
}

/** What the span of every call is made of. */
export function placed({ spanId, traceId, parentSpanId, name, startTime }: SpanPlace) {
  const kind = { spanType: 'llm_call', sdkLanguage: null } as const
  return { spanId, traceId, parentSpanId, name, startTime, ...kind }
}

function asked({ connection, request, promptText }: Call): Attributes {
  return {
    'llm.provider': connection.name,
    'llm.model': request.model,
    'llm.prompt': promptText,
  }
}

function settings({ request: { options } }: Call): Attributes {
  return given({ 'llm.temperature': options.temperature, 'llm.max_tokens': options.maxTokens })
}

function sent({ shownText, warnings }: Call): Attributes {
  const messages = warnings.map(({ message }) => message)
  return { 'llm.request': shownText, ...(messages.length > 0 ? { 'llm.warnings': messages } : {}) }
}

/** An unknown number has no attribute: it is not zero. */
export function used(
  { usage, price }: Pick<Outcome, 'usage' | 'price'>,
  { book }: Pick<Call, 'book'>,
): Attributes {
  const { inputTokens, outputTokens } = usage
  const isUnlisted = price.status === 'unknown' && price.reason === 'unknown-model'
  const unlistedCost = isUnlisted && book === 'beacon' ? 0 : null
  return given({
    'llm.tokens.input': inputTokens,
    'llm.tokens.output': outputTokens,
    'llm.tokens.total':
      inputTokens === null || outputTokens === null ? null : inputTokens + outputTokens,
    'llm.tokens.cache_read': usage.cacheReadTokens,
    'llm.tokens.cache_write': usage.cacheWriteTokens,
    'llm.tokens.reasoning': usage.reasoningTokens,
    'llm.cost_usd': price.status === 'priced' ? price.costUsd : unlistedCost,
  })
}

function finished(reply: Reply, whose: 'provider' | 'ours'): Attributes {
  const own = whose === 'provider' ? reply.rawFinishReason : null
  return given({ 'llm.finish_reason': own ?? reply.finishReason })
}

function said(reply: Reply, { connection, request }: Call): Attributes {
  const { toolCalls, reasoning, model, otherTexts } = reply
  return given({
    'llm.other_completions': otherTexts,
    'llm.tool_calls': toolCalls.length > 0 ? toolCallsText(toolCalls, connection.kind) : null,
    'llm.reasoning': reasoning === '' ? null : reasoning,
    'llm.response_model': model === request.model ? null : model,
  })
}

export function took({
  timeToFirstTokenMs,
  attempts,
}: Pick<Outcome, 'timeToFirstTokenMs' | 'attempts'>): Attributes {
  return given({
    'llm.time_to_first_token_ms': timeToFirstTokenMs === null ? null : inMicros(timeToFirstTokenMs),
    'llm.attempts': attempts,
  })
}

export function failed({
  failure,
  received,
}: Pick<FailedOutcome, 'failure' | 'received'>): Attributes {
  return given({ 'llm.error_kind': failure.kind, 'llm.response': received })
}

function inMicros(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000
}

export function explanationOf({ price }: Pick<Outcome, 'price'>) {
  return price.status === 'priced' ? price.explanation : undefined
}

/** Without the attributes that nobody knows. */
export function given(attributes: Attributes): Attributes {
  const isGiven = ([, value]: [string, unknown]): boolean => value !== null && value !== undefined
  return Object.fromEntries(Object.entries(attributes).filter(isGiven))
}
