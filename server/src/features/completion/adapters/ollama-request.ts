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
import { imageSource, warnOfDetail } from './images.ts'
import { effortOfBudget, nearestEffort } from './reasoning-effort.ts'
import { argumentsObject, fitMessages, plainRoles, textOf, toolNames } from './request-messages.ts'
import {
  collectWarnings,
  filled,
  given,
  rootOf,
  type Warn,
  warnOfFailedMark,
  warnOfNoTools,
  warnOfStrictTools,
  warnOfUser,
  warnOfWebSearch,
} from './request-parts.ts'

const label = 'Ollama'
const holds = { ...plainRoles, assistant: ['text', 'tool-call', 'reasoning'] } as const

/** The body of the native `POST /api/chat`. Source: Ollama's API reference. */
export function buildOllamaRequest(
  request: CompletionRequest,
  address: ProviderAddress,
  mode: CompletionMode,
): BuiltRequest {
  const { warn, warnings } = collectWarnings()
  const { options } = request
  const messages = fitMessages(request.messages, holds, { label, warn })
  const names = toolNames(messages)
  const settings = settingsOf(options)
  if (options.user !== undefined) warnOfUser(label, warn)
  if (options.webSearch === true) warnOfWebSearch(label, warn)
  const body = {
    model: request.model,
    messages: messages.flatMap((message) => toMessages(message, names, warn)),
    // Left out, it would stream.
    stream: mode === 'stream',
    ...given('tools', toolsOf(request, warn)),
    ...given('format', formatOf(options.responseFormat)),
    ...given('think', thinkOf(request, warn)),
    ...logprobsOf(options),
    ...(Object.keys(settings).length > 0 ? { options: settings } : {}),
  }
  return {
    url: ollamaUrl(address, '/api/chat'),
    headers: ollamaHeaders(address),
    body,
    warnings,
  }
}

/** People give the origin, or what other clients want to be given. */
export function ollamaUrl({ baseUrl }: ProviderAddress, path: string): string {
  return `${rootOf(rootOf(baseUrl, '/v1'), '/api')}${path}`
}

export function ollamaHeaders({ apiKey }: ProviderAddress): Readonly<Record<string, string>> {
  return {
    'content-type': 'application/json',
    ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
  }
}

function toMessages(
  message: Message,
  names: ReadonlyMap<string, string>,
  warn: Warn,
): readonly JsonMap[] {
  const { role, content } = message
  if (role === 'tool') return content.flatMap((part) => toResult(part, names, warn))
  const images = content.flatMap((part) => toImage(part, warn))
  const thinking = content.flatMap((part) => (part.type === 'reasoning' ? [part.text] : []))
  const calls = content.flatMap((part) => toCall(part, warn))
  const isNothing = content.length > 0 && content.every(({ type }) => type === 'image')
  if (isNothing && images.length === 0) return []
  return [
    {
      role,
      content: textOf(message),
      ...given('images', filled(images)),
      ...given('thinking', thinking.join('') || undefined),
      ...given('tool_calls', filled(calls)),
    },
  ]
}

function toResult(
  part: ContentPart,
  names: ReadonlyMap<string, string>,
  warn: Warn,
): readonly JsonMap[] {
  if (part.type !== 'tool-result') return []
  const { id, name = names.get(id), text, isError } = part
  if (isError) warnOfFailedMark(label, warn)
  return [{ role: 'tool', content: text, ...given('tool_name', name), tool_call_id: id }]
}

function toImage(part: ContentPart, warn: Warn): readonly string[] {
  if (part.type !== 'image') return []
  warnOfDetail(part.detail, label, warn)
  const source = imageSource(part.image)
  if (source.kind === 'bytes') return [source.base64]
  warn('messages', `${label} takes images as bytes, not by URL`)
  return []
}

function toCall(part: ContentPart, warn: Warn): readonly JsonMap[] {
  if (part.type !== 'tool-call') return []
  const { id, name, argumentsText } = part
  return [{ id, function: { name, arguments: argumentsObject(argumentsText, warn) } }]
}

function settingsOf(options: CompletionOptions): JsonMap {
  return {
    ...given('temperature', options.temperature),
    ...given('num_predict', options.maxTokens),
    ...given('top_p', options.topP),
    ...given('top_k', options.topK),
    ...given('min_p', options.minP),
    ...given('repeat_penalty', options.repeatPenalty),
    ...given('stop', filled(options.stop)),
    ...given('seed', options.seed),
    ...given('frequency_penalty', options.frequencyPenalty),
    ...given('presence_penalty', options.presencePenalty),
  }
}

function logprobsOf({ logprobs }: CompletionOptions): JsonMap {
  if (!logprobs) return {}
  return { logprobs: true, ...given('top_logprobs', logprobs.top || undefined) }
}

function toolsOf({ tools, options }: CompletionRequest, warn: Warn): JsonValue | undefined {
  const { toolChoice = 'auto' } = options
  // Without tools the model can call none, which is what was asked for.
  if (toolChoice === 'none') return undefined
  const wanted = filled(tools)
  if (!wanted) {
    if (toolChoice !== 'auto') warnOfNoTools(warn)
    return undefined
  }
  if (toolChoice !== 'auto') warn('toolChoice', `${label} cannot force a tool`)
  if (options.parallelToolCalls === false) {
    warn('parallelToolCalls', `${label} cannot keep a model from calling several tools at once`)
  }
  if (wanted.some(({ isStrict }) => isStrict)) warnOfStrictTools(label, warn)
  return wanted.map(toolOf)
}

function toolOf({ name, description, parameters }: Tool): JsonMap {
  const described = { name, ...given('description', description), parameters }
  return { type: 'function', function: described }
}

function formatOf(format: CompletionOptions['responseFormat']): JsonValue | undefined {
  return format?.type === 'json-schema' ? format.schema : format?.type
}

/** Only gpt-oss thinks by degrees, and always; the others think or do not. */
function thinkOf({ model: name, options }: CompletionRequest, warn: Warn): JsonValue | undefined {
  const { effort, budgetTokens } = options.reasoning ?? {}
  if (effort === undefined && budgetTokens === undefined) return undefined
  const hasDegrees = /(?:^|\/)gpt-oss/.test(name)
  const asked = effort ?? effortOfBudget(budgetTokens ?? 0)
  if (!hasDegrees && asked === 'none') return false
  if (budgetTokens !== undefined) {
    warn('reasoning', `${label} has no budget for thinking; it is left out`, 'harmless')
  }
  if (hasDegrees) return nearestEffort(asked, ['low', 'medium', 'high'], { name, warn })
  if (effort !== undefined) {
    warn('reasoning', `${name} thinks without degrees of effort; it is left to think`, 'harmless')
  }
  return true
}
