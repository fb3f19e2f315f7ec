import type { BuiltRequest, CompletionMode, ProviderAddress } from '../provider.ts'
import type { CompletionOptions, CompletionRequest, JsonMap, Tool } from '../request.ts'
import { toAnthropicMessages } from './anthropic-messages.ts'
import { claudeModel, type ClaudeModel } from './anthropic-model.ts'
import { planThinking } from './anthropic-thinking.ts'
import { splitSystem } from './request-messages.ts'
import {
  collectWarnings,
  filled,
  given,
  rootOf,
  type Warn,
  warnOfEngineOptions,
  warnOfNoTools,
  warnOfStrictTools,
  wordOf,
} from './request-parts.ts'

interface Building {
  readonly request: CompletionRequest
  readonly model: ClaudeModel
  readonly isThinking: boolean
  readonly warn: Warn
}

/** The body of `POST /v1/messages`. Source: beacon contract §10.2, Anthropic's API reference. */
export function buildAnthropicRequest(
  request: CompletionRequest,
  address: ProviderAddress,
  mode: CompletionMode,
): BuiltRequest {
  const { warn, warnings } = collectWarnings()
  const { options } = request
  const model = claudeModel(request.model)
  const plan = planThinking(request, model, warn)
  const building = { request, model, isThinking: plan.isThinking, warn }
  warnOfUnknown(options, warn)
  const { system, rest } = splitSystem(request.messages)
  const body = {
    model: request.model,
    messages: toAnthropicMessages(rest, warn),
    ...samplingOf(building),
    max_tokens: plan.maxTokens,
    ...given('system', system),
    ...given('tools', toolsOf(building)),
    ...toolChoiceOf(building),
    ...given('metadata', options.user === undefined ? undefined : { user_id: options.user }),
    ...given('stop_sequences', filled(options.stop)),
    ...given('thinking', plan.thinking),
    ...outputConfigOf(plan.effort, building),
    ...(mode === 'stream' ? { stream: true } : {}),
  }
  return { url: anthropicUrl(address), headers: anthropicHeaders(address), body, warnings }
}

/** People give the origin, or what OpenAI's clients want to be given. */
export function anthropicUrl({ baseUrl }: ProviderAddress): string {
  return `${rootOf(baseUrl, '/v1')}/v1/messages`
}

export function anthropicHeaders({ apiKey }: ProviderAddress): Readonly<Record<string, string>> {
  return {
    'content-type': 'application/json',
    'anthropic-version': '2023-06-01',
    ...(apiKey === null ? {} : { 'x-api-key': apiKey }),
  }
}

function warnOfUnknown(options: CompletionOptions, warn: Warn): void {
  warnOfEngineOptions(options, 'Anthropic', warn)
  if (options.seed !== undefined) warn('seed', 'Anthropic has no seed')
  if (options.logprobs) warn('logprobs', 'Anthropic tells no logprobs')
  for (const option of ['frequencyPenalty', 'presencePenalty'] as const) {
    // A penalty of 0 is none.
    if (options[option]) warn(option, `Anthropic has no ${wordOf(option)}`)
  }
}

function samplingOf({ request, model, isThinking, warn }: Building): JsonMap {
  const { temperature, topP, topK } = request.options
  const isRefused = isThinking || model.sampling === 'none'
  const when = isThinking ? ' while it thinks' : ''
  const refuse = (option: keyof CompletionOptions): JsonMap => {
    warn(option, `${request.model} takes no ${wordOf(option)}${when}`)
    return {}
  }
  const isDouble = model.sampling === 'one' && temperature !== undefined && topP !== undefined
  // A top_p of 1 changes nothing, like a temperature of 1.
  if (isDouble && !isRefused && topP !== 1) {
    warn('topP', `${request.model} takes a temperature or a top_p, not both`)
  }
  return {
    // A temperature of 1 is what the model does anyway, so leaving it out changes nothing.
    ...(isRefused && temperature !== undefined && temperature !== 1 ? refuse('temperature') : {}),
    ...(isRefused ? {} : given('temperature', atMostOne(temperature, warn))),
    ...(isRefused && topP !== undefined && topP !== 1 ? refuse('topP') : {}),
    ...(isRefused || isDouble ? {} : given('top_p', topP)),
    ...(isRefused && topK !== undefined ? refuse('topK') : {}),
    ...(isRefused ? {} : given('top_k', topK)),
  }
}

function atMostOne(temperature: number | undefined, warn: Warn): number | undefined {
  if (temperature === undefined || temperature <= 1) return temperature
  warn('temperature', "Anthropic's temperature ends at 1")
  return 1
}

/** How often a model may search before it answers, so that no question costs without end. */
const mostSearches = 5

function toolsOf(building: Building): readonly JsonMap[] | undefined {
  const { tools = [], options } = building.request
  const search = { type: 'web_search_20250305', name: 'web_search', max_uses: mostSearches }
  const own = tools.map((tool) => toolOf(tool, building))
  return filled(options.webSearch === true ? [...own, search] : own)
}

function toolOf({ name, description, parameters, isStrict }: Tool, building: Building): JsonMap {
  const { model, request, warn } = building
  if (isStrict && !model.hasJsonSchema) {
    warnOfStrictTools(request.model, warn)
  }
  return {
    name,
    ...given('description', description),
    input_schema: parameters,
    ...(isStrict && model.hasJsonSchema ? { strict: true } : {}),
  }
}

function toolChoiceOf(building: Building): JsonMap {
  const { toolChoice, parallelToolCalls } = building.request.options
  if (!filled(building.request.tools)) {
    if (toolChoice !== undefined) warnOfNoTools(building.warn)
    return {}
  }
  const isSingle = parallelToolCalls === false && toolChoice !== 'none'
  if (toolChoice === undefined && !isSingle) return {}
  const single = isSingle ? { disable_parallel_tool_use: true } : {}
  return { tool_choice: { ...choiceOf(toolChoice ?? 'auto', building), ...single } }
}

function choiceOf(
  choice: NonNullable<CompletionOptions['toolChoice']>,
  { isThinking, warn }: Building,
): JsonMap {
  if (choice === 'auto' || choice === 'none') return { type: choice }
  if (isThinking) {
    warn('toolChoice', 'Anthropic forces no tool on a model that thinks')
    return { type: 'auto' }
  }
  return choice === 'required' ? { type: 'any' } : { type: 'tool', name: choice.name }
}

function outputConfigOf(effort: string | undefined, { request, model, warn }: Building): JsonMap {
  const format = request.options.responseFormat
  const hasSchema = format?.type === 'json-schema' && model.hasJsonSchema
  if (format && !hasSchema) {
    const lack = format.type === 'json' ? 'Anthropic has JSON output by schema only' : null
    warn('responseFormat', lack ?? `${request.model} has no output by schema`)
  }
  const config = {
    ...given('effort', effort),
    ...(hasSchema ? { format: { type: 'json_schema', schema: format.schema } } : {}),
  }
  return Object.keys(config).length === 0 ? {} : { output_config: config }
}
