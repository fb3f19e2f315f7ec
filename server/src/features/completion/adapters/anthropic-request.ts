import type { BuiltRequest, CompletionMode, ProviderAddress } from '../provider.ts'
import type { CompletionOptions, CompletionRequest, JsonMap, Tool } from '../request.ts'
import { toAnthropicMessages } from './anthropic-messages.ts'
import { claudeModel, type ClaudeModel } from './anthropic-model.ts'
import { planThinking } from './anthropic-thinking.ts'
import { splitSystem } from './request-messages.ts'
import { collectWarnings, filled, given, rootOf, type Warn } from './request-parts.ts'

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
  const building = { request, model, isThinking: plan.thinking !== undefined, warn }
  warnOfUnknown(options, warn)
  const { system, rest } = splitSystem(request.messages)
  const body = {
    model: request.model,
    messages: toAnthropicMessages(rest, warn),
    ...samplingOf(building),
    max_tokens: plan.maxTokens,
    ...given('system', system),
    ...given(
      'tools',
      filled(request.tools)?.map((tool) => toolOf(tool, building)),
    ),
    ...toolChoiceOf(building),
    ...given('stop_sequences', filled(options.stop)),
    ...given('thinking', plan.thinking),
    ...outputConfigOf(plan.effort, building),
    ...(mode === 'stream' ? { stream: true } : {}),
  }
  const url = `${rootOf(address.baseUrl, '/v1')}/v1/messages`
  return { url, headers: headersOf(address), body, warnings }
}

function headersOf({ apiKey }: ProviderAddress): Readonly<Record<string, string>> {
  return {
    'content-type': 'application/json',
    'anthropic-version': '2023-06-01',
    ...(apiKey === null ? {} : { 'x-api-key': apiKey }),
  }
}

function warnOfUnknown(options: CompletionOptions, warn: Warn): void {
  for (const option of ['seed', 'frequencyPenalty', 'presencePenalty'] as const) {
    if (options[option] !== undefined) warn(option, `Anthropic has no ${option}; left out`)
  }
}

function samplingOf({ request, model, isThinking, warn }: Building): JsonMap {
  const { temperature, topP, topK } = request.options
  const isRefused = isThinking || model.sampling === 'none'
  const why = isThinking ? 'while it thinks' : 'at all'
  const refuse = (option: keyof CompletionOptions): JsonMap => {
    warn(option, `${request.model} does not take ${option} ${why}; left out`)
    return {}
  }
  const isDouble = model.sampling === 'one' && temperature !== undefined && topP !== undefined
  if (isDouble && !isRefused) {
    warn('topP', `${request.model} takes temperature or topP, not both; topP is left out`)
  }
  return {
    // A temperature of 1 is what the model does anyway, so leaving it out changes nothing.
    ...(isRefused && temperature !== undefined && temperature !== 1 ? refuse('temperature') : {}),
    ...(isRefused ? {} : given('temperature', atMostOne(temperature, warn))),
    ...(isRefused && topP !== undefined ? refuse('topP') : {}),
    ...(isRefused || isDouble ? {} : given('top_p', topP)),
    ...(isRefused && topK !== undefined ? refuse('topK') : {}),
    ...(isRefused ? {} : given('top_k', topK)),
  }
}

function atMostOne(temperature: number | undefined, warn: Warn): number | undefined {
  if (temperature === undefined || temperature <= 1) return temperature
  warn('temperature', `Anthropic's temperature ends at 1; ${temperature} is sent as 1`)
  return 1
}

function toolOf({ name, description, parameters, isStrict }: Tool, building: Building): JsonMap {
  const { model, request, warn } = building
  if (isStrict && !model.hasJsonSchema) {
    warn('tools', `${request.model} has no strict tools; they are sent as usual ones`)
  }
  return {
    name,
    ...given('description', description),
    input_schema: parameters,
    ...(isStrict && model.hasJsonSchema ? { strict: true } : {}),
  }
}

function toolChoiceOf({ request, isThinking, warn }: Building): JsonMap {
  const { toolChoice } = request.options
  if (toolChoice === undefined) return {}
  if (!filled(request.tools)) {
    warn('toolChoice', 'There are no tools to choose from; left out')
    return {}
  }
  if (toolChoice === 'auto' || toolChoice === 'none') return { tool_choice: { type: toolChoice } }
  if (isThinking) {
    warn('toolChoice', 'Anthropic forces no tool on a model that thinks; auto is sent')
    return { tool_choice: { type: 'auto' } }
  }
  if (toolChoice === 'required') return { tool_choice: { type: 'any' } }
  return { tool_choice: { type: 'tool', name: toolChoice.name } }
}

function outputConfigOf(effort: string | undefined, { request, model, warn }: Building): JsonMap {
  const format = request.options.responseFormat
  const hasSchema = format?.type === 'json-schema' && model.hasJsonSchema
  if (format && !hasSchema) {
    const lack = format.type === 'json' ? 'Anthropic has JSON output by schema only' : null
    warn('responseFormat', `${lack ?? `${request.model} has no output by schema`}; left out`)
  }
  const config = {
    ...given('effort', effort),
    ...(hasSchema ? { format: { type: 'json_schema', schema: format.schema } } : {}),
  }
  return Object.keys(config).length === 0 ? {} : { output_config: config }
}
