import { isJsonObject } from '../../platform/json.ts'
import type { RequestDefaults } from '../models/index.ts'
import { isJsonMap } from './json-values.ts'
import type { JsonMap, JsonValue } from './request.ts'
import type { Wire } from './wire.ts'

type Name = keyof RequestDefaults

/** What each dialect calls a default; one that is not named has no word for it. */
const words: Readonly<Record<Wire, Readonly<Partial<Record<Name, readonly string[]>>>>> = {
  'openai-chat': openAiWords(['max_completion_tokens', 'max_tokens']),
  'openai-completions': openAiWords(['max_tokens']),
  'openai-responses': openAiWords(['max_output_tokens']),
  'anthropic-messages': {
    max_tokens: ['max_tokens'],
    stop: ['stop_sequences'],
    temperature: ['temperature'],
    top_p: ['top_p'],
  },
  'ollama-chat': ollamaWords(),
  'ollama-generate': ollamaWords(),
  pharos: {
    frequency_penalty: ['frequencyPenalty'],
    max_tokens: ['maxTokens'],
    presence_penalty: ['presencePenalty'],
    seed: ['seed'],
    stop: ['stop'],
    temperature: ['temperature'],
    top_p: ['topP'],
    user: ['user'],
  },
}

/** The dialects in which options stand in an object of their own. */
const nesting: ReadonlySet<Wire> = new Set(['ollama-chat', 'ollama-generate', 'pharos'])

function openAiWords(maxTokens: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const same = ['frequency_penalty', 'presence_penalty', 'seed', 'stop', 'temperature', 'top_p']
  const named = [...same, 'user'].map((name) => [name, [name]] as const)
  return { ...Object.fromEntries(named), max_tokens: maxTokens }
}

function ollamaWords(): Readonly<Partial<Record<Name, readonly string[]>>> {
  const { user: _user, ...options } = openAiWords(['num_predict'])
  return options
}

/**
 * A body in which an alias' defaults stand where the client said nothing: the request always wins,
 * and null counts as nothing said. Source: bodhi contract §4.5.
 */
export function withDefaults(wire: Wire, body: JsonMap, defaults: RequestDefaults): JsonMap {
  const { system_prompt: systemPrompt, ...options } = defaults
  const isNested = nesting.has(wire)
  const given = isNested ? asMap(body['options']) : body
  const added: Record<string, JsonValue> = {}
  for (const [name, value] of Object.entries(options)) {
    const known = words[wire][name as Name] ?? []
    const word = known.at(-1)
    if (word === undefined || value === undefined || isEmpty(value)) continue
    if (known.every((one) => (given[one] ?? null) === null)) added[word] = value
  }
  const filled = { ...given, ...added }
  const merged = isNested ? { ...body, options: filled } : filled
  const isNothing = Object.keys(added).length === 0
  return withSystem(wire, isNothing ? body : merged, systemPrompt)
}

function isEmpty(value: JsonValue): boolean {
  return Array.isArray(value) && value.length === 0
}

/** A system prompt stands in front unless the client gave one. */
function withSystem(wire: Wire, body: JsonMap, systemPrompt: string | undefined): JsonMap {
  if (systemPrompt === undefined || systemPrompt === '') return body
  switch (wire) {
    case 'openai-chat':
    case 'ollama-chat':
    case 'pharos': {
      const messages = Array.isArray(body['messages']) ? (body['messages'] as JsonValue[]) : []
      const [first] = messages
      const role = isJsonObject(first) ? first['role'] : undefined
      if (role === 'system' || role === 'developer') return body
      const content = wire === 'pharos' ? [{ type: 'text', text: systemPrompt }] : systemPrompt
      return { ...body, messages: [{ role: 'system', content }, ...messages] }
    }
    case 'openai-responses':
      return said(body['instructions']) ? body : { ...body, instructions: systemPrompt }
    case 'anthropic-messages':
    case 'ollama-generate':
      return said(body['system']) ? body : { ...body, system: systemPrompt }
    case 'openai-completions':
      return body
  }
}

function said(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null && value !== ''
}

function asMap(value: JsonValue | undefined): JsonMap {
  return isJsonMap(value) ? value : {}
}
