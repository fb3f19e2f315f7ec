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
import { argumentsObject, fitMessages, plainRoles, textOf, toolNames } from './request-messages.ts'
import { collectWarnings, filled, given, rootOf, type Warn } from './request-parts.ts'

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
  const body = {
    model: request.model,
    messages: messages.flatMap((message) => toMessages(message, names, warn)),
    // Left out, it would stream.
    stream: mode === 'stream',
    ...given('tools', toolsOf(request, warn)),
    ...given('format', formatOf(options.responseFormat)),
    ...given('think', thinkOf(request, warn)),
    ...(Object.keys(settings).length > 0 ? { options: settings } : {}),
  }
  return { url: urlOf(address), headers: headersOf(address), body, warnings }
}

/** People give the origin, or what other clients want to be given. */
function urlOf({ baseUrl }: ProviderAddress): string {
  return `${rootOf(rootOf(baseUrl, '/v1'), '/api')}/api/chat`
}

function headersOf({ apiKey }: ProviderAddress): Readonly<Record<string, string>> {
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
  if (isError)
    warn('messages', `${label} has no mark for a failed tool; its result is sent without`)
  return [{ role: 'tool', content: text, ...given('tool_name', name), tool_call_id: id }]
}

function toImage(part: ContentPart, warn: Warn): readonly string[] {
  if (part.type !== 'image') return []
  warnOfDetail(part.detail, label, warn)
  const source = imageSource(part.image)
  if (source.kind === 'bytes') return [source.base64]
  warn('messages', `${label} takes images as bytes, not by URL; left out`)
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
    ...given('stop', filled(options.stop)),
    ...given('seed', options.seed),
    ...given('frequency_penalty', options.frequencyPenalty),
    ...given('presence_penalty', options.presencePenalty),
  }
}

function toolsOf({ tools, options }: CompletionRequest, warn: Warn): JsonValue | undefined {
  const { toolChoice = 'auto' } = options
  // Without tools the model can call none, which is what was asked for.
  if (toolChoice === 'none') return undefined
  if (toolChoice !== 'auto') warn('toolChoice', `${label} cannot force a tool; left out`)
  if (tools?.some(({ isStrict }) => isStrict)) {
    warn('tools', `${label} has no strict tools; they are sent as usual ones`)
  }
  return filled(tools)?.map(toolOf)
}

function toolOf({ name, description, parameters }: Tool): JsonMap {
  const described = { name, ...given('description', description), parameters }
  return { type: 'function', function: described }
}

function formatOf(format: CompletionOptions['responseFormat']): JsonValue | undefined {
  return format?.type === 'json-schema' ? format.schema : format?.type
}

/** Only gpt-oss thinks by degrees; the others think or do not. */
function thinkOf({ model, options }: CompletionRequest, warn: Warn): JsonValue | undefined {
  const { effort, budgetTokens } = options.reasoning ?? {}
  if (effort === undefined && budgetTokens === undefined) return undefined
  if (budgetTokens !== undefined) {
    warn('reasoning', `${label} has no budget for thinking; it is left out`)
  }
  const hasDegrees = /(?:^|\/)gpt-oss/.test(model)
  if (!hasDegrees) {
    if (effort !== undefined) warn('reasoning', `${model} thinks without degrees of effort`)
    return true
  }
  if (effort !== 'minimal') return effort ?? true
  warn('reasoning', `${model} knows no minimal effort; low is sent`)
  return 'low'
}
