import type { BuiltRequest, CompletionMode, ProviderAddress } from '../provider.ts'
import type {
  CompletionOptions,
  CompletionRequest,
  JsonMap,
  ReasoningEffort,
  Tool,
} from '../request.ts'
import { toGeminiContents } from './google-messages.ts'
import { geminiModel, type GeminiModel } from './google-model.ts'
import { nearestEffort } from './reasoning-effort.ts'
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
  warnOfUser,
  wordOf,
} from './request-parts.ts'

interface Building {
  readonly request: CompletionRequest
  readonly model: GeminiModel
  readonly warn: Warn
}

/** The body of `generateContent`. Source: beacon contract §10.3, Gemini's API reference. */
export function buildGoogleRequest(
  request: CompletionRequest,
  address: ProviderAddress,
  mode: CompletionMode,
): BuiltRequest {
  const { warn, warnings } = collectWarnings()
  const model = geminiModel(request.model)
  const building = { request, model, warn }
  if (request.options.user !== undefined) warnOfUser('Google', warn)
  const { system, rest } = splitSystem(request.messages)
  const config = generationConfigOf(building)
  const body = {
    contents: toGeminiContents(rest, model, warn),
    ...(Object.keys(config).length > 0 ? { generationConfig: config } : {}),
    ...given('systemInstruction', system === undefined ? system : { parts: [{ text: system }] }),
    ...toolsOf(building),
  }
  return {
    url: urlOf(address, request.model, mode),
    headers: googleHeaders(address),
    body,
    warnings,
  }
}

function urlOf(address: ProviderAddress, model: string, mode: CompletionMode): string {
  const verb = mode === 'stream' ? 'streamGenerateContent?alt=sse' : 'generateContent'
  return googleUrl(address, model, verb)
}

/** People give the origin, with the version or without. */
export function googleUrl({ baseUrl }: ProviderAddress, model: string, verb: string): string {
  const name = encodeURIComponent(model.replace(/^models\//, '').toWellFormed())
  return `${rootOf(baseUrl, '/v1beta')}/v1beta/models/${name}:${verb}`
}

export function googleHeaders({ apiKey }: ProviderAddress): Readonly<Record<string, string>> {
  return {
    'content-type': 'application/json',
    ...(apiKey === null ? {} : { 'x-goog-api-key': apiKey }),
  }
}

function generationConfigOf(building: Building): JsonMap {
  const { options } = building.request
  warnOfEngineOptions(options, 'Google', building.warn)
  return {
    ...given('temperature', options.temperature),
    ...given('maxOutputTokens', options.maxTokens),
    ...given('topP', options.topP),
    ...given('topK', options.topK),
    ...given('stopSequences', stopOf(options.stop, building.warn)),
    ...given('seed', options.seed),
    ...given('frequencyPenalty', penaltyOf('frequencyPenalty', building)),
    ...given('presencePenalty', penaltyOf('presencePenalty', building)),
    ...responseFormatOf(options.responseFormat),
    ...logprobsOf(options),
    ...given('thinkingConfig', thinkingConfigOf(building)),
  }
}

const maxStops = 5

function stopOf(stop: readonly string[] | undefined, warn: Warn): readonly string[] | undefined {
  const wanted = filled(stop)
  if (!wanted || wanted.length <= maxStops) return wanted
  warn('stop', `Google takes ${maxStops} stop sequences at most`)
  return wanted.slice(0, maxStops)
}

function penaltyOf(
  option: 'frequencyPenalty' | 'presencePenalty',
  { request, model, warn }: Building,
): number | undefined {
  const value = request.options[option]
  if (value === undefined || value === 0 || model.hasPenalties) return value
  warn(option, `${request.model} takes no ${wordOf(option)}`)
  return undefined
}

function logprobsOf({ logprobs }: CompletionOptions): JsonMap {
  if (!logprobs) return {}
  return { responseLogprobs: true, ...given('logprobs', logprobs.top || undefined) }
}

function responseFormatOf(format: CompletionOptions['responseFormat']): JsonMap {
  if (!format) return {}
  const isSchema = format.type === 'json-schema'
  return {
    responseMimeType: 'application/json',
    ...(isSchema ? { responseJsonSchema: format.schema } : {}),
  }
}

/** As Google's own translation of OpenAI's efforts has it; more than the most is sent as that. */
const budgets: Readonly<Record<Exclude<ReasoningEffort, 'none'>, number>> = {
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
}

function thinkingConfigOf({ request, model, warn }: Building): JsonMap | undefined {
  const { effort, budgetTokens } = request.options.reasoning ?? {}
  if (effort === undefined && budgetTokens === undefined) return undefined
  const { model: name } = request
  if (model.thinking === 'none') {
    // Not to think is what it does anyway.
    if (effort !== 'none') warn('reasoning', `${name} does not think`)
    return undefined
  }
  if (effort !== undefined && budgetTokens !== undefined) {
    const kept = model.thinking === 'level' ? 'effort' : 'budget'
    const message = `A budget for thinking and an effort exclude each other; the ${kept} is sent`
    warn('reasoning', message, 'harmless')
  }
  const told = { name, warn }
  if (model.thinking === 'level' && effort !== undefined) {
    return { thinkingLevel: nearestEffort(effort, model.levels, told), ...thoughts(effort) }
  }
  const budget = budgetTokens ?? budgetOf(effort ?? 'medium', model, told)
  return { thinkingBudget: budget, ...thoughts(budgetTokens === undefined ? effort : undefined) }
}

function thoughts(effort: ReasoningEffort | undefined): JsonMap {
  return effort === 'none' ? {} : { includeThoughts: true }
}

function budgetOf(
  effort: ReasoningEffort,
  { leastBudget }: GeminiModel,
  { name, warn }: { name: string; warn: Warn },
): number {
  if (effort !== 'none') return budgets[effort]
  if (leastBudget > 0) {
    const message = `${name} always thinks; its least budget of ${leastBudget} tokens is sent`
    warn('reasoning', message, 'harmless')
  }
  return leastBudget
}

function toolsOf(building: Building): JsonMap {
  const { request, warn } = building
  const { toolChoice } = request.options
  const tools = filled(request.tools)
  if (!tools) {
    if (toolChoice) warnOfNoTools(warn)
    return searches(building) ? { tools: [{ googleSearch: {} }] } : {}
  }
  if (tools.some(({ isStrict }) => isStrict)) warnOfStrictTools('Google', warn)
  if (request.options.parallelToolCalls === false) {
    warn('parallelToolCalls', 'Google cannot keep a model from calling several tools at once')
  }
  const config = toolChoice ? { functionCallingConfig: callingOf(toolChoice) } : undefined
  const declared = { functionDeclarations: tools.map(toolOf) }
  const searching = searches(building) ? [{ googleSearch: {} }] : []
  return { tools: [declared, ...searching], ...given('toolConfig', config) }
}

/** Older models refuse a search beside functions or a form of the reply. */
function searches({ request, model, warn }: Building): boolean {
  const { tools, options, model: name } = request
  if (options.webSearch !== true) return false
  const isAlone = !filled(tools) && options.responseFormat === undefined
  if (isAlone || model.combinesSearch) return true
  warn('webSearch', `${name} searches no web beside tools or JSON; it is left out`, 'harmless')
  return false
}

function toolOf({ name, description, parameters }: Tool): JsonMap {
  return { name, description: description ?? '', parametersJsonSchema: parameters }
}

const modes = { auto: 'AUTO', none: 'NONE', required: 'ANY' } as const

function callingOf(choice: NonNullable<CompletionOptions['toolChoice']>): JsonMap {
  if (typeof choice === 'string') return { mode: modes[choice] }
  return { mode: 'ANY', allowedFunctionNames: [choice.name] }
}
