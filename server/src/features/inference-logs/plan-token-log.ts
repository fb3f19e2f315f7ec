import { attributesOf, type NewSpan } from '../traces/index.ts'
import { planDocument } from './document.ts'
import { promptsOf } from './log-of-span.ts'
import type { LoggedEvent, LoggedEventType, LoggedRequest } from './logged-request.ts'
import type { TextTemplate } from './text-template.ts'
import type { TokenTrace, TracedCall, TracedToken } from './token-trace.ts'
import { unshownJson } from './unshown.ts'

/** What is stored beside the log of a call whose tokens were noted, but for the ids of its children. */
export interface TokenLog {
  readonly spanId: string
  readonly totalSteps: number
  readonly document: TextTemplate
  readonly childCount: number
  readonly unshownJson: string
}

/** Of a longer answer the first tokens are noted one by one: some 20 MB with 20 alternatives each. */
export const mostSteps = 8192

/**
 * The tokens of a call in Thunder's terms: the prompt, then for each token the pass that weighed it,
 * its choice, and its addition. Pure. Source: thunder contract §2.1 and §2.4, rulings §9.
 */
export function planTokenLog({ span, trace }: TracedCall): TokenLog {
  const request = toRequest(span, trace)
  const { document, childCount } = planDocument(request, span.startTime)
  return {
    spanId: span.spanId,
    totalSteps: 1 + Math.min(trace.tokens.length, mostSteps),
    document,
    childCount,
    unshownJson: unshownJson(request),
  }
}

function toRequest(span: NewSpan, trace: TokenTrace): LoggedRequest {
  const attributes = attributesOf({ ...span, computedCostUsd: null })
  const { system, user } = promptsOf(attributes['llm.prompt'])
  const maxTokens = integerIn(attributes['llm.max_tokens'])
  const temperature = attributes['llm.temperature']
  const text = attributes['llm.completion']
  return {
    requestId: span.spanId,
    createdAt: span.startTime,
    completedAt: span.endTime,
    model: span.model,
    maxTokens,
    temperature: typeof temperature === 'number' ? temperature : null,
    modText: null,
    modName: null,
    systemPrompt: system,
    systemPromptTokens: null,
    userPrompt: user,
    userPromptTokens: null,
    finalTokens: trace.tokens.map(({ id }) => id),
    finalText: typeof text === 'string' ? text : null,
    inferenceStats: statsOf(span, trace),
    events: eventsOf(span, trace, maxTokens),
    modCalls: [],
    modLogs: [],
    actions: [],
  }
}

function integerIn(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null
}

/** As the engine counted them; of a call that was broken off, as they were noted. */
function statsOf({ inputTokens, outputTokens }: NewSpan, { prompt, tokens }: TokenTrace) {
  const promptTokens = inputTokens ?? prompt.tokens.length
  const generatedTokens = outputTokens ?? tokens.length
  return {
    prompt_tokens: promptTokens,
    generated_tokens: generatedTokens,
    total_tokens: promptTokens + generatedTokens,
    ...(tokens.length > mostSteps ? { traced_tokens: mostSteps } : {}),
  }
}

function eventsOf(
  { startTime }: NewSpan,
  { prompt, tokens }: TokenTrace,
  maxSteps: number | null,
): readonly LoggedEvent[] {
  const prefilled = eventOf('Prefilled', 0, {
    sequenceOrder: 0,
    // When exactly it was is not noted; the first token follows at once.
    createdAt: tokens[0]?.at ?? startTime,
    promptLength: prompt.tokens.length,
    maxSteps,
    inputText: prompt.text,
  })
  return [prefilled, ...tokens.slice(0, mostSteps).flatMap(stepEvents)]
}

function stepEvents(token: TracedToken, index: number): readonly LoggedEvent[] {
  const { id, text, at: createdAt } = token
  const step = index + 1
  const first = index * 3 + 1
  return [
    eventOf('ForwardPass', step, {
      sequenceOrder: first,
      createdAt,
      topTokens: topTokensOf(token),
    }),
    eventOf('Sampled', step, {
      sequenceOrder: first + 1,
      createdAt,
      sampledToken: id,
      tokenText: text,
    }),
    eventOf('Added', step, {
      sequenceOrder: first + 2,
      createdAt,
      addedTokens: [id],
      addedTokenCount: 1,
      forced: false,
    }),
  ]
}

/** A token that was drawn from further down the list stands at its end. */
function topTokensOf({ id, text, logprob, top }: TracedToken) {
  const isListed = logprob === null || top.some((choice) => choice.id === id)
  const all = isListed ? top : [...top, { id, text, logprob }]
  return all.map((choice) => ({
    token: choice.id,
    logprob: choice.logprob,
    token_str: choice.text,
  }))
}

function eventOf(
  eventType: LoggedEventType,
  step: number,
  said: Pick<LoggedEvent, 'sequenceOrder' | 'createdAt'> & Partial<LoggedEvent>,
): LoggedEvent {
  return {
    eventType,
    step,
    details: null,
    promptLength: null,
    tokensSoFar: null,
    maxSteps: null,
    inputText: null,
    topTokens: null,
    sampledToken: null,
    tokenText: null,
    addedTokens: null,
    addedTokenCount: null,
    forced: null,
    ...said,
  }
}
