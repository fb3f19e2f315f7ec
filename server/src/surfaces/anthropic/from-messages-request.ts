import {
  jsonMap,
  reasoningEfforts,
  type CompletionRequest,
  type CompletionWarning,
  type JsonMap,
  type ReadAsk,
} from '../../features/completion/index.ts'
import { isJsonObject, type JsonObject } from '../../platform/json.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import { fromMessages } from './from-messages.ts'
import { fromToolChoice, fromTools } from './from-tools.ts'
import {
  listOf,
  noteOthers,
  numberOf,
  objectOf,
  optional,
  textOf,
  unfit,
  wholeNumberOf,
  type Reading,
} from './reading.ts'

type Options = CompletionRequest['options']
type Draft = { -readonly [K in keyof Options]?: Options[K] | undefined }

/** The members that are read below, or that change nothing in an answer. */
const bodyKeys: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'system',
  'max_tokens',
  'metadata',
  'stop_sequences',
  'stream',
  'temperature',
  'top_p',
  'top_k',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'output_format',
  'cache_control',
  'service_tier',
  'speed',
  'context_management',
])

/**
 * The body of `POST /v1/messages` as the core understands it.
 * Source: Anthropic's API reference.
 * @throws DomainError `invalid` with `details.param` for a field that is not as the dialect has it.
 */
export function fromMessagesRequest(body: JsonMap): ReadAsk {
  if (body['max_tokens'] === undefined || body['max_tokens'] === null) {
    throw unfit('max_tokens', 'must be given')
  }
  return fromConversation(body)
}

/** The same of a body that asks for no answer, only for its tokens to be counted. */
export function fromConversation(body: JsonMap): ReadAsk {
  const reading: Reading = { nativeOnly: [] }
  noteOthers(reading, body, { known: bodyKeys, at: '' })
  noteModes(reading, body)
  const messages = fromMessages(reading, body['system'], body['messages'])
  const tools = optional(body['tools'], 'tools', (given) => fromTools(reading, given))
  const request = {
    model: textOf(body['model'], 'model'),
    messages,
    ...(tools === undefined ? {} : { tools }),
    options: optionsOf(reading, body),
  }
  return { request, nativeOnly: reading.nativeOnly }
}

/** Ways of running a request that only Anthropic has; what it does anyway needs no word. */
function noteModes({ nativeOnly }: Reading, body: JsonMap): void {
  const { service_tier: tier, speed, context_management: management } = body
  if (tier !== undefined && tier !== null && tier !== 'auto') nativeOnly.push('service_tier')
  if (speed !== undefined && speed !== null && speed !== 'standard') nativeOnly.push('speed')
  if (managesContext(management)) nativeOnly.push('context_management')
}

/** To keep all thinking is to edit nothing. */
function managesContext(management: unknown): boolean {
  if (!isJsonObject(management)) return management !== undefined && management !== null
  const { edits, ...others } = management
  const isEdited = Array.isArray(edits) && !edits.every(keepsAll)
  return isEdited || Object.values(others).some((value) => value !== null)
}

function keepsAll(edit: unknown): boolean {
  if (!isJsonObject(edit) || typeof edit['type'] !== 'string') return false
  return edit['type'].startsWith('clear_thinking_') && edit['keep'] === 'all'
}

function optionsOf(reading: Reading, body: JsonMap): Options {
  const config = optional(body['output_config'], 'output_config', objectOf) ?? {}
  noteOthers(reading, config, { known: configKeys, at: 'output_config' })
  const draft: Draft = {
    temperature: optional(body['temperature'], 'temperature', numberOf),
    topP: optional(body['top_p'], 'top_p', numberOf),
    topK: optional(body['top_k'], 'top_k', wholeNumberOf),
    maxTokens: maxTokensOf(reading, body['max_tokens']),
    stop: optional(body['stop_sequences'], 'stop_sequences', stopOf),
    user: userOf(reading, body['metadata']),
    reasoning: reasoningOf(reading, body['thinking'], config['effort']),
    responseFormat: formatOf(reading, config['format'], body['output_format']),
    ...optional(body['tool_choice'], 'tool_choice', (choice) => fromToolChoice(reading, choice)),
  }
  return withoutUndefined(draft)
}

/** No answer at all is asked for only to fill the cache of prompts. */
function maxTokensOf({ nativeOnly }: Reading, value: unknown): number | undefined {
  const maxTokens = optional(value, 'max_tokens', wholeNumberOf)
  if (maxTokens !== undefined && maxTokens < 0) throw unfit('max_tokens', 'must be 1 or more')
  if (maxTokens !== 0) return maxTokens
  nativeOnly.push('max_tokens')
  return undefined
}

function stopOf(value: unknown, at: string): readonly string[] {
  return listOf(value, at).map((text, index) => textOf(text, `${at}[${index}]`))
}

const metadataKeys: ReadonlySet<string> = new Set(['user_id'])

function userOf(reading: Reading, given: unknown): string | undefined {
  const metadata = optional(given, 'metadata', objectOf) ?? {}
  noteOthers(reading, metadata, { known: metadataKeys, at: 'metadata' })
  return optional(metadata['user_id'], 'metadata.user_id', textOf)
}

const configKeys: ReadonlySet<string> = new Set(['effort', 'format'])
const thinkingKeys: ReadonlySet<string> = new Set(['type', 'budget_tokens', 'display'])

/** To think as much as it takes is what a model that thinks does unless told otherwise. */
function reasoningOf(reading: Reading, given: unknown, effort: unknown): Options['reasoning'] {
  const wanted = optional(effort, 'output_config.effort', effortOf)
  const aimed = wanted === undefined ? undefined : { effort: wanted }
  const thinking = optional(given, 'thinking', objectOf)
  if (!thinking) return aimed
  noteOthers(reading, thinking, { known: thinkingKeys, at: 'thinking' })
  switch (thinking['type']) {
    case 'enabled':
      return { ...aimed, budgetTokens: budgetOf(thinking) }
    case 'adaptive':
      return aimed
    case 'disabled':
      return { effort: 'none' }
    default:
      reading.nativeOnly.push('thinking')
      return aimed
  }
}

function budgetOf(thinking: JsonObject): number {
  return wholeNumberOf(thinking['budget_tokens'], 'thinking.budget_tokens')
}

function effortOf(value: unknown, at: string) {
  const effort = reasoningEfforts.find((known) => known === value)
  if (effort === undefined) throw unfit(at, `must be one of ${reasoningEfforts.join(', ')}`)
  return effort
}

const formatKeys: ReadonlySet<string> = new Set(['type', 'schema'])

/** The schema stands in `output_config`; earlier clients send it beside. */
function formatOf(reading: Reading, format: unknown, early: unknown): Options['responseFormat'] {
  const at = format === undefined || format === null ? 'output_format' : 'output_config.format'
  const given = optional(format ?? early, at, objectOf)
  if (!given) return undefined
  if (given['type'] !== 'json_schema') {
    reading.nativeOnly.push(at)
    return undefined
  }
  noteOthers(reading, given, { known: formatKeys, at })
  const schema = jsonMap(objectOf(given['schema'], `${at}.schema`))
  return { type: 'json-schema', name: 'output', schema, isStrict: true }
}

/** The client's own word for an option of the core. */
export function fieldOf(body: JsonMap): (option: CompletionWarning['option']) => string {
  return (option) => {
    if (option === 'reasoning')
      return isJsonObject(body['thinking']) ? 'thinking' : 'output_config.effort'
    if (option === 'responseFormat')
      return body['output_format'] ? 'output_format' : 'output_config.format'
    return fieldNames.get(option) ?? option
  }
}

/** Options that the dialect lacks come from an alias, in whose words they are. */
const fieldNames: ReadonlyMap<string, string> = new Map([
  ['topP', 'top_p'],
  ['topK', 'top_k'],
  ['maxTokens', 'max_tokens'],
  ['stop', 'stop_sequences'],
  ['user', 'metadata.user_id'],
  ['toolChoice', 'tool_choice'],
  ['parallelToolCalls', 'tool_choice.disable_parallel_tool_use'],
  ['frequencyPenalty', 'frequency_penalty'],
  ['presencePenalty', 'presence_penalty'],
])
