import {
  isEmptyJson,
  type CompletionOptions,
  type JsonMap,
  type JsonValue,
} from '../../features/completion/index.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import { listAt, mapAt, numberAt, textAt, unfit, wholeAt } from './fields.ts'

/** Options as the core understands them, and the places of those that only an Ollama does. */
export interface ReadOptions {
  readonly options: CompletionOptions
  readonly nativeOnly: readonly string[]
}

/** Options that the core has a word for, and those words. */
const words = {
  temperature: 'temperature',
  top_p: 'topP',
  top_k: 'topK',
  num_predict: 'maxTokens',
  stop: 'stop',
  seed: 'seed',
  frequency_penalty: 'frequencyPenalty',
  presence_penalty: 'presencePenalty',
  min_p: 'minP',
  repeat_penalty: 'repeatPenalty',
} as const

/**
 * Options that say how an engine is to run, not what a model is to say: a model that runs elsewhere
 * is asked the same without them.
 */
const engineOnly: ReadonlySet<string> = new Set([
  // The length of the context and what stays of one that is too long: a provider has a window of
  // its own, and refuses aloud what does not fit.
  'num_ctx',
  'num_keep',
  // Batches, threads, devices and memory: speed and nothing else.
  'num_batch',
  'num_thread',
  'num_gpu',
  'main_gpu',
  'numa',
  'low_vram',
  'use_mmap',
  'use_mlock',
  // Given up by Ollama, which ignores them; old clients send them still.
  'f16_kv',
  'logits_all',
  'vocab_only',
  'embedding_only',
])

/** Options that only say how another one works, which is itself refused where it is in use. */
const subordinate: ReadonlySet<string> = new Set([
  'mirostat_tau',
  'mirostat_eta',
  'penalize_newline',
])

/** Values with which an option of Ollama's alone is off: what a model says is not changed. */
const off: Readonly<Record<string, JsonValue>> = {
  typical_p: 1,
  tfs_z: 1,
  mirostat: 0,
}

/**
 * Ollama's `options`. A limit, a seed or a `top_k` below its range means none, a penalty of 0 is
 * none, as is one of repetition of 1. Source: Ollama's API reference; bodhi contract §1.15.
 */
export function readOptions(body: JsonMap): ReadOptions {
  const given = mapAt(body['options'], 'options')
  const number = (name: string) => numberAt(given[name], `options.${name}`)
  const whole = (name: string) => wholeAt(given[name], `options.${name}`)
  const options: CompletionOptions = withoutUndefined({
    temperature: number('temperature'),
    topP: number('top_p'),
    topK: atLeast(1, whole('top_k')),
    maxTokens: atLeast(1, whole('num_predict')),
    stop: readStop(given['stop']),
    seed: atLeast(0, whole('seed')),
    frequencyPenalty: number('frequency_penalty') || undefined,
    presencePenalty: number('presence_penalty') || undefined,
    minP: number('min_p') || undefined,
    repeatPenalty: unlessOne(number('repeat_penalty')),
  })
  const odd = Object.keys(given).filter((name) => isNativeOnly(name, given[name], options))
  return { options, nativeOnly: odd.map((name) => `options.${name}`) }
}

function atLeast(least: number, value: number | undefined): number | undefined {
  return value !== undefined && value >= least ? value : undefined
}

function unlessOne(penalty: number | undefined): number | undefined {
  return penalty === 1 ? undefined : penalty
}

function readStop(stop: JsonValue | undefined): readonly string[] | undefined {
  if (typeof stop === 'string') return stop === '' ? undefined : [stop]
  const stops = listAt(stop, 'options.stop').map((one, index) => {
    const place = `options.stop[${index}]`
    const text = textAt(one, place)
    if (text === undefined) throw unfit(place, 'a string')
    return text
  })
  return stops.length === 0 ? undefined : stops
}

function isNativeOnly(
  name: string,
  value: JsonValue | undefined,
  { frequencyPenalty, presencePenalty, repeatPenalty }: CompletionOptions,
): boolean {
  if (Object.hasOwn(words, name) || engineOnly.has(name) || subordinate.has(name)) return false
  // How far back penalties look; without one it looks at nothing.
  if (name === 'repeat_last_n') {
    return (frequencyPenalty ?? presencePenalty ?? repeatPenalty) !== undefined
  }
  return !isEmptyJson(value) && off[name] !== value
}

/** The client's word for an option of the core. */
export function optionFieldOf(option: string): string | undefined {
  const word = Object.entries(words).find(([, core]) => core === option)?.[0]
  return word === undefined ? undefined : `options.${word}`
}
