import { isJsonMap } from '../json-values.ts'
import type { BuiltRequest, CompletionMode, ProviderAddress } from '../provider.ts'
import type {
  CompletionOptions,
  CompletionRequest,
  ContentPart,
  JsonMap,
  Message,
} from '../request.ts'
import { urlOfImage } from './images.ts'
import { fileOf, withReadableFiles } from './openai-documents.ts'
import { openAiModel } from './openai-model.ts'
import {
  effortOf,
  neutralOnly,
  openAiHeaders,
  openAiUrl,
  ownRoles,
  responseFormatOf,
  type Building,
  type OpenAiFlavour,
} from './openai-request.ts'
import { fitMessages, splitSystem } from './request-messages.ts'
import {
  collectWarnings,
  filled,
  given,
  type Warn,
  warnOfEngineOptions,
  warnOfFailedMark,
  warnOfNoTools,
  wordOf,
} from './request-parts.ts'

/**
 * The body of `POST /responses`, OpenAI's other dialect, by which alone its usual models can search
 * the web: Chat Completions do so with a few models made for it. Source: OpenAI's guide to web
 * search, API reference.
 */
export function buildResponsesRequest(
  flavour: OpenAiFlavour,
  request: CompletionRequest,
  { address, mode }: { address: ProviderAddress; mode: CompletionMode },
): BuiltRequest {
  const { warn, warnings } = collectWarnings()
  const { options } = request
  const model = openAiModel(request.model)
  const building: Building = { flavour, model, name: request.model, warn }
  const fitting = fitMessages(request.messages, ownRoles, { label: flavour.label, warn })
  const { system, rest } = splitSystem(fitting)
  warnOfUnknown(options, flavour.label, warn)
  const body = {
    model: request.model,
    ...given('instructions', system),
    input: rest.flatMap((message) => toItems(message, flavour.label, warn)),
    ...given('temperature', neutralOnly('temperature', options.temperature, 1, building)),
    ...given('top_p', neutralOnly('topP', options.topP, 1, building)),
    ...given('max_output_tokens', options.maxTokens),
    tools: [{ type: 'web_search' }, ...(request.tools ?? []).map(toTool)],
    ...toolChoiceOf(request, warn),
    ...given('parallel_tool_calls', filled(request.tools) && options.parallelToolCalls),
    ...textOf(options, building),
    ...reasoningOf(options, building),
    ...given('user', options.user),
    // What is kept, is kept here.
    store: false,
    ...(mode === 'stream' ? { stream: true } : {}),
  }
  return {
    url: openAiUrl(address, '/responses'),
    headers: openAiHeaders(address),
    body,
    warnings,
  }
}

function toItems({ role, content }: Message, label: string, warn: Warn): readonly JsonMap[] {
  const said = withReadableFiles(content, label, warn)
  const blocks = said.flatMap((part) => toBlock(part, role))
  const items = said.flatMap((part) => toItem(part, label, warn))
  return [...(blocks.length === 0 ? [] : [{ role, content: blocks }]), ...items]
}

function toBlock(part: ContentPart, role: Message['role']): readonly JsonMap[] {
  switch (part.type) {
    case 'text':
      return [{ type: role === 'assistant' ? 'output_text' : 'input_text', text: part.text }]
    case 'image':
      return [
        {
          type: 'input_image',
          image_url: urlOfImage(part.image),
          ...given('detail', part.detail),
        },
      ]
    case 'document':
      return [{ type: 'input_file', ...fileOf(part) }]
    case 'reasoning':
    case 'tool-call':
    case 'tool-result':
      return []
  }
}

/** Calls and their results stand beside the messages. */
function toItem(part: ContentPart, label: string, warn: Warn): readonly JsonMap[] {
  if (part.type === 'tool-call') {
    const { id, name, argumentsText } = part
    return [{ type: 'function_call', call_id: id, name, arguments: argumentsText }]
  }
  if (part.type !== 'tool-result') return []
  if (part.isError) warnOfFailedMark(label, warn)
  return [{ type: 'function_call_output', call_id: part.id, output: part.text }]
}

function warnOfUnknown(options: CompletionOptions, label: string, warn: Warn): void {
  warnOfEngineOptions(options, label, warn)
  const lack = (option: keyof CompletionOptions): void =>
    warn(option, `${label} has no ${wordOf(option)} where it searches the web`)
  if (filled(options.stop)) lack('stop')
  for (const option of ['topK', 'seed', 'logprobs'] as const) {
    if (options[option] !== undefined) lack(option)
  }
  // A penalty of 0 is none.
  for (const option of ['frequencyPenalty', 'presencePenalty'] as const) {
    if (options[option]) lack(option)
  }
}

function toTool({
  name,
  description,
  parameters,
  isStrict = false,
}: NonNullable<CompletionRequest['tools']>[number]): JsonMap {
  const described = { name, ...given('description', description), parameters }
  // Left out, it would be strict.
  return { type: 'function', ...described, strict: isStrict }
}

function toolChoiceOf({ tools, options: { toolChoice } }: CompletionRequest, warn: Warn): JsonMap {
  if (toolChoice === undefined) return {}
  if (!filled(tools)) {
    warnOfNoTools(warn)
    return {}
  }
  if (typeof toolChoice === 'string') return { tool_choice: toolChoice }
  return { tool_choice: { type: 'function', name: toolChoice.name } }
}

/** The format of Chat Completions, without the level that holds the schema there. */
function textOf({ responseFormat }: CompletionOptions, building: Building): JsonMap {
  if (responseFormat?.type === 'json') {
    building.warn('responseFormat', 'OpenAI searches no web for JSON without a schema')
    return {}
  }
  const format = responseFormatOf(responseFormat, building)
  if (format === undefined) return {}
  const { json_schema: schema, ...kind } = format
  return { text: { format: { ...kind, ...(isJsonMap(schema) ? schema : {}) } } }
}

function reasoningOf({ reasoning }: CompletionOptions, building: Building): JsonMap {
  const effort = effortOf(reasoning, building)
  return effort === undefined ? {} : { reasoning: { effort } }
}
