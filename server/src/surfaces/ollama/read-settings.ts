import {
  isEmptyJson,
  isJsonMap,
  reasoningEfforts,
  type CompletionOptions,
  type JsonMap,
} from '../../features/completion/index.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import { flagAt, unfit, wholeAt } from './fields.ts'
import { optionFieldOf, readOptions, type ReadOptions } from './read-options.ts'

/**
 * Fields of both requests that are read here, or have no effect elsewhere: how long an Ollama is to
 * keep a model in memory, and whether it may cut a conversation that is too long for it.
 */
export const settingFields = [
  'model',
  'stream',
  'options',
  'format',
  'think',
  'logprobs',
  'top_logprobs',
  'keep_alive',
  'truncate',
  'shift',
] as const

/** What a chat and a prompt have in common. */
export function readSettings(body: JsonMap): ReadOptions {
  const { options, nativeOnly } = readOptions(body)
  const reasoning = readThink(body)
  const read = withoutUndefined({
    responseFormat: readFormat(body),
    reasoning: reasoning === 'native' ? undefined : reasoning,
    logprobs: readLogprobs(body),
  })
  return {
    options: { ...options, ...read },
    nativeOnly: reasoning === 'native' ? [...nativeOnly, 'think'] : nativeOnly,
  }
}

/** A schema is one of an object, usually; Ollama gives it no name, other providers want one. */
function readFormat({ format }: JsonMap): CompletionOptions['responseFormat'] {
  if (isEmptyJson(format)) return undefined
  if (format === 'json' || format === 'json_object') return { type: 'json' }
  if (isJsonMap(format)) return { type: 'json-schema', name: 'response', schema: format }
  throw unfit('format', '"json" or a JSON Schema')
}

/** Whoever only says that a model is to think leaves open how much: the middle. */
function readThink({ think }: JsonMap): CompletionOptions['reasoning'] | 'native' {
  if (think === undefined || think === null || think === '') return undefined
  if (typeof think === 'boolean') return { effort: think ? 'medium' : 'none' }
  const effort = reasoningEfforts.find((word) => word === think)
  return effort === undefined ? 'native' : { effort }
}

const mostAlternatives = 20

function readLogprobs(body: JsonMap): CompletionOptions['logprobs'] {
  const top = wholeAt(body['top_logprobs'], 'top_logprobs') ?? 0
  if (top < 0 || top > mostAlternatives) throw unfit('top_logprobs', `0 to ${mostAlternatives}`)
  return flagAt(body['logprobs'], 'logprobs') ? { top } : undefined
}

const words: Readonly<Record<string, string>> = {
  reasoning: 'think',
  responseFormat: 'format',
}

/** The client's word for an option of the core. */
export function fieldOf(option: string): string {
  return optionFieldOf(option) ?? words[option] ?? option
}
