import { toChatMessages } from '../chat-messages.ts'
import type { BuiltRequest, CompletionMode, ProviderAddress } from '../provider.ts'
import type {
  CompletionOptions,
  CompletionRequest,
  ContentPart,
  JsonMap,
  JsonValue,
  Message,
  Tool,
} from '../request.ts'
import { anyModel, openAiModel, type OpenAiModel } from './openai-model.ts'
import { chatFile, withReadableFiles } from './openai-documents.ts'
import { effortOfBudget, nearestEffort } from './reasoning-effort.ts'
import { fitMessages, plainRoles } from './request-messages.ts'
import {
  collectWarnings,
  filled,
  given,
  rootOf,
  type Warn,
  warnOfEngineOptions,
  warnOfFailedMark,
  warnOfNoTools,
  warnOfWebSearch,
  wordOf,
} from './request-parts.ts'

/** Whose server it is: OpenAI's own refuses some things that others know, and the other way. */
export interface OpenAiFlavour {
  readonly label: string
  readonly isOwn: boolean
  /** Our own engine: it sees text only, and its models have names that people gave to files. */
  readonly isLocal: boolean
}

/** What the parts of a body know of the whole. */
export interface Building {
  readonly flavour: OpenAiFlavour
  readonly model: OpenAiModel
  readonly name: string
  readonly warn: Warn
}

/** The body of `POST /chat/completions`. Source: beacon contract §10.1, OpenAI's API reference. */
export function buildOpenAiRequest(
  flavour: OpenAiFlavour,
  request: CompletionRequest,
  { address, mode }: { address: ProviderAddress; mode: CompletionMode },
): BuiltRequest {
  const { warn, warnings } = collectWarnings()
  const { options } = request
  const model = flavour.isLocal ? anyModel : openAiModel(request.model)
  const building = { flavour, model, name: request.model, warn }
  const body = {
    model: request.model,
    messages: messagesOf(request.messages, building),
    ...samplingOf(options, building),
    ...given('tools', filled(request.tools)?.map(toolOf)),
    ...toolChoiceOf(request, warn),
    ...given('parallel_tool_calls', filled(request.tools) && options.parallelToolCalls),
    ...given('response_format', responseFormatOf(options.responseFormat, building)),
    ...searchOf(request, building),
    ...given('reasoning_effort', effortOf(options.reasoning, building)),
    ...(mode === 'stream' ? { stream: true, stream_options: { include_usage: true } } : {}),
  }
  return {
    url: openAiUrl(address, '/chat/completions'),
    headers: openAiHeaders(address),
    body,
    warnings,
  }
}

/** People give the base with its version, as OpenAI's own clients have it. */
export function openAiUrl({ baseUrl }: ProviderAddress, path: string): string {
  return `${rootOf(baseUrl)}${path}`
}

export function openAiHeaders({ apiKey }: ProviderAddress): Readonly<Record<string, string>> {
  return {
    'content-type': 'application/json',
    ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
  }
}

export const ownRoles = { ...plainRoles, user: ['text', 'image', 'document'] } as const
const thinkingRoles = { ...plainRoles, assistant: ['text', 'tool-call', 'reasoning'] } as const
const textRoles = { ...thinkingRoles, user: ['text'] } as const

function messagesOf(messages: readonly Message[], { flavour, warn }: Building): JsonValue {
  const others = flavour.isLocal ? textRoles : thinkingRoles
  const holds = flavour.isOwn ? ownRoles : others
  const fitting = fitMessages(messages, holds, { label: flavour.label, warn })
  return fitting.flatMap((message) => {
    const marked = withReadableFiles(message.content, flavour.label, warn)
    const content = marked.map((part) => withoutMark(part, flavour, warn))
    return compatibleMessages({ ...message, content: withoutHulls(content) }, warn)
  })
}

/** Content without other dialects' marks. A server that signs its calls wants them back signed. */
function withoutMark(part: ContentPart, { label, isOwn }: OpenAiFlavour, warn: Warn): ContentPart {
  if (part.type === 'text' || (part.type === 'tool-call' && isOwn)) {
    const { signature: _signature, ...unsigned } = part
    return unsigned
  }
  if (part.type !== 'tool-result' || !part.isError) return part
  warnOfFailedMark(label, warn)
  const { isError: _mark, ...result } = part
  return result
}

/** Empty texts say nothing beside other content; they are what is left of another dialect's marks. */
function withoutHulls(content: readonly ContentPart[]): readonly ContentPart[] {
  const filled = content.filter((part) => part.type !== 'text' || part.text !== '')
  return filled.length === 0 ? content.slice(0, 1) : filled
}

/**
 * Compatible servers take thinking as `reasoning_content`, and want it back only with the tool
 * calls that came of it (DeepSeek's guide).
 */
function compatibleMessages(message: Message, warn: Warn): readonly JsonMap[] {
  const reasoning = message.content.filter((part) => part.type === 'reasoning')
  const content = message.content.filter((part) => part.type !== 'reasoning')
  const hasCalls = content.some(({ type }) => type === 'tool-call')
  if (reasoning.length > 0 && !hasCalls) {
    const why = 'Earlier thinking goes back only with its tool calls; left out'
    warn('messages', why, 'harmless')
  }
  if (content.length === 0 && reasoning.length > 0) return []
  const encoded = toChatMessages([{ ...message, content }], chatFile)
  if (reasoning.length === 0 || !hasCalls) return encoded
  const text = reasoning.map((part) => part.text).join('')
  return encoded.map((one) => ({ ...one, reasoning_content: text }))
}

function samplingOf(options: CompletionOptions, building: Building): JsonMap {
  const { isReasoning } = building.model
  return {
    ...given('temperature', neutralOnly('temperature', options.temperature, 1, building)),
    ...given(isReasoning ? 'max_completion_tokens' : 'max_tokens', options.maxTokens),
    ...given('top_p', neutralOnly('topP', options.topP, 1, building)),
    ...given('stop', stopOf(options.stop, building)),
    ...given('seed', options.seed),
    ...given('frequency_penalty', penaltyOf('frequencyPenalty', options, building)),
    ...given('presence_penalty', penaltyOf('presencePenalty', options, building)),
    ...given('top_k', topKOf(options, building)),
    ...engineOptionsOf(options, building),
    ...logprobsOf(options, building),
    ...given('user', options.user),
  }
}

/** A reasoning model takes only the value that changes nothing. */
export function neutralOnly(
  option: keyof CompletionOptions,
  value: number | undefined,
  neutral: number,
  { model, name, warn }: Building,
): number | undefined {
  if (value === undefined || value === neutral || !model.isReasoning) return value
  warn(option, `${name} takes no ${wordOf(option)}`)
  return undefined
}

function penaltyOf(
  option: 'frequencyPenalty' | 'presencePenalty',
  options: CompletionOptions,
  building: Building,
): number | undefined {
  return neutralOnly(option, options[option], 0, building)
}

/** Most servers of others know it, and those that do not say so. */
function topKOf({ topK }: CompletionOptions, { flavour, warn }: Building): number | undefined {
  if (topK === undefined || !flavour.isOwn) return topK
  warn('topK', `${flavour.label} has no top_k`)
  return undefined
}

/** Other servers know them, too, but each by words of its own. */
function engineOptionsOf(options: CompletionOptions, { flavour, warn }: Building): JsonMap {
  if (!flavour.isLocal) {
    warnOfEngineOptions(options, flavour.label, warn)
    return {}
  }
  const { minP, repeatPenalty } = options
  return { ...given('min_p', minP), ...given('repeat_penalty', repeatPenalty) }
}

function logprobsOf({ logprobs }: CompletionOptions, { model, name, warn }: Building): JsonMap {
  if (!logprobs) return {}
  if (model.isReasoning) {
    warn('logprobs', `${name} tells no logprobs`)
    return {}
  }
  return { logprobs: true, ...given('top_logprobs', logprobs.top || undefined) }
}

const maxOwnStops = 4

function stopOf(
  stop: readonly string[] | undefined,
  { flavour, model, name, warn }: Building,
): JsonValue | undefined {
  const wanted = filled(stop)
  if (!wanted) return undefined
  if (!model.takesStop) {
    warn('stop', `${name} takes no stop sequences`)
    return undefined
  }
  if (!flavour.isOwn || wanted.length <= maxOwnStops) return wanted
  warn('stop', `${flavour.label} takes ${maxOwnStops} stop sequences at most`)
  return wanted.slice(0, maxOwnStops)
}

/** OpenAI's models that search the web in Chat Completions, which they always do. */
export function isSearchModel(model: string): boolean {
  return /-search-(?:api|preview)/u.test(model)
}

function searchOf({ options: { webSearch } }: CompletionRequest, { flavour, warn }: Building) {
  if (webSearch !== true) return {}
  if (flavour.isOwn) return { web_search_options: {} }
  warnOfWebSearch(flavour.label, warn)
  return {}
}

function toolOf({ name, description, parameters, isStrict }: Tool): JsonMap {
  const described = { name, ...given('description', description), parameters }
  return { type: 'function', function: { ...described, ...given('strict', isStrict) } }
}

function toolChoiceOf({ tools, options: { toolChoice } }: CompletionRequest, warn: Warn): JsonMap {
  if (toolChoice === undefined) return {}
  if (!filled(tools)) {
    warnOfNoTools(warn)
    return {}
  }
  if (typeof toolChoice === 'string') return { tool_choice: toolChoice }
  return { tool_choice: { type: 'function', function: { name: toolChoice.name } } }
}

/** The form of the reply in the words of Chat Completions. */
export function responseFormatOf(
  format: CompletionOptions['responseFormat'],
  { warn }: Building,
): JsonMap | undefined {
  if (!format) return undefined
  if (format.type === 'json') return { type: 'json_object' }
  const name = format.name.replaceAll(/[^\w-]/g, '_').slice(0, 64) || 'response'
  if (name !== format.name) {
    warn('responseFormat', `The schema is sent under the name ${name}`, 'harmless')
  }
  const strict = given('strict', format.isStrict)
  return { type: 'json_schema', json_schema: { name, schema: format.schema, ...strict } }
}

/** The effort that the model knows; undefined where none is asked for or it knows none. */
export function effortOf(
  reasoning: CompletionOptions['reasoning'],
  { flavour, model, name, warn }: Building,
): string | undefined {
  const { effort, budgetTokens } = reasoning ?? {}
  const asked = effort ?? (budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens))
  if (asked === undefined) return undefined
  if (model.isPlain) {
    // Not to think is what it does anyway.
    if (asked !== 'none') warn('reasoning', `${name} does not think`)
    return undefined
  }
  if (budgetTokens !== undefined) {
    const sent = `the effort "${asked}" is sent`
    warn('reasoning', `${flavour.label} has no budget for thinking; ${sent}`, 'harmless')
  }
  return model.efforts ? nearestEffort(asked, model.efforts, { name, warn }) : asked
}
