import type { BuiltRequest, CompletionMode, ProviderAddress } from '../provider.ts'
import type { CompletionOptions, CompletionRequest, JsonMap, Tool } from '../request.ts'
import { toGeminiContents } from './google-messages.ts'
import { geminiModel, type GeminiModel } from './google-model.ts'
import { splitSystem } from './request-messages.ts'
import { collectWarnings, filled, given, rootOf, type Warn } from './request-parts.ts'

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
  const { system, rest } = splitSystem(request.messages)
  const config = generationConfigOf(building)
  const body = {
    contents: toGeminiContents(rest, model, warn),
    ...(Object.keys(config).length > 0 ? { generationConfig: config } : {}),
    ...given('systemInstruction', system === undefined ? system : { parts: [{ text: system }] }),
    ...toolsOf(building),
  }
  return { url: urlOf(address, request.model, mode), headers: headersOf(address), body, warnings }
}

function urlOf({ baseUrl }: ProviderAddress, model: string, mode: CompletionMode): string {
  const name = encodeURIComponent(model.replace(/^models\//, '').toWellFormed())
  const verb = mode === 'stream' ? 'streamGenerateContent?alt=sse' : 'generateContent'
  return `${rootOf(baseUrl, '/v1beta')}/v1beta/models/${name}:${verb}`
}

function headersOf({ apiKey }: ProviderAddress): Readonly<Record<string, string>> {
  return {
    'content-type': 'application/json',
    ...(apiKey === null ? {} : { 'x-goog-api-key': apiKey }),
  }
}

function generationConfigOf(building: Building): JsonMap {
  const { options } = building.request
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
    ...given('thinkingConfig', thinkingConfigOf(building)),
  }
}

const maxStops = 5

function stopOf(stop: readonly string[] | undefined, warn: Warn): readonly string[] | undefined {
  const wanted = filled(stop)
  if (!wanted || wanted.length <= maxStops) return wanted
  warn('stop', `Google takes ${maxStops} stop sequences; the others are left out`)
  return wanted.slice(0, maxStops)
}

function penaltyOf(
  option: 'frequencyPenalty' | 'presencePenalty',
  { request, model, warn }: Building,
): number | undefined {
  const value = request.options[option]
  if (value === undefined || value === 0 || model.hasPenalties) return value
  warn(option, `${request.model} does not take ${option}; left out`)
  return undefined
}

function responseFormatOf(format: CompletionOptions['responseFormat']): JsonMap {
  if (!format) return {}
  const isSchema = format.type === 'json-schema'
  return {
    responseMimeType: 'application/json',
    ...(isSchema ? { responseJsonSchema: format.schema } : {}),
  }
}

/** As Google's own translation of OpenAI's efforts has it. */
const budgets = { minimal: 1024, low: 1024, medium: 8192, high: 24_576 } as const

function thinkingConfigOf({ request, model, warn }: Building): JsonMap | undefined {
  const { effort, budgetTokens } = request.options.reasoning ?? {}
  if (effort === undefined && budgetTokens === undefined) return undefined
  if (model.thinking === 'none') {
    warn('reasoning', `${request.model} does not think; left out`)
    return undefined
  }
  if (effort !== undefined && budgetTokens !== undefined) {
    const kept = model.thinking === 'level' ? 'effort' : 'budget'
    warn('reasoning', `A budget for thinking and an effort exclude each other; the ${kept} is sent`)
  }
  const byLevel = model.thinking === 'level' && effort !== undefined
  const measure = byLevel
    ? { thinkingLevel: levelOf(effort, { request, model, warn }) }
    : { thinkingBudget: budgetTokens ?? budgets[effort ?? 'medium'] }
  return { ...measure, includeThoughts: true }
}

function levelOf(effort: keyof typeof budgets, { request, model, warn }: Building): string {
  if (effort !== 'minimal' || model.hasMinimalLevel) return effort
  warn('reasoning', `${request.model} knows no minimal effort; low is sent`)
  return 'low'
}

function toolsOf({ request, warn }: Building): JsonMap {
  const { toolChoice } = request.options
  const tools = filled(request.tools)
  if (!tools) {
    if (toolChoice) warn('toolChoice', 'There are no tools to choose from; left out')
    return {}
  }
  if (tools.some(({ isStrict }) => isStrict)) {
    warn('tools', 'Google has no strict tools; they are sent as usual ones')
  }
  const config = toolChoice ? { functionCallingConfig: callingOf(toolChoice) } : undefined
  return { tools: [{ functionDeclarations: tools.map(toolOf) }], ...given('toolConfig', config) }
}

function toolOf({ name, description, parameters }: Tool): JsonMap {
  return { name, description: description ?? '', parametersJsonSchema: parameters }
}

const modes = { auto: 'AUTO', none: 'NONE', required: 'ANY' } as const

function callingOf(choice: NonNullable<CompletionOptions['toolChoice']>): JsonMap {
  if (typeof choice === 'string') return { mode: modes[choice] }
  return { mode: 'ANY', allowedFunctionNames: [choice.name] }
}
