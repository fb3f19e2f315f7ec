import type { Clock } from '../../platform/clock.ts'
import type { Ids } from '../../platform/ids.ts'
import type { GenerateEnd } from './engine-protocol.ts'

/** What every chunk of a reply repeats. */
export interface ReplyFacts {
  readonly id: string
  /** Unix seconds. */
  readonly created: number
  /** As the client called it. */
  readonly model: string
}

/** Powers and facts that a reply is made of. */
export interface ReplyPowers {
  readonly clock: Clock
  readonly ids: Ids
}

export function replyFacts(
  prefix: 'chatcmpl' | 'cmpl',
  model: string,
  { clock, ids }: ReplyPowers,
): ReplyFacts {
  const id = `${prefix}-${ids.uuid().replaceAll('-', '')}`
  return { id, created: Math.floor(clock.nowSeconds()), model }
}

/** Nine letters and digits: the templates of some models (Mistral's) take no other id. */
export function callId({ ids }: ReplyPowers): string {
  return ids.uuid().replaceAll('-', '').slice(0, 9)
}

/** OpenAI's counts. Answers to one question share its prompt, which counts once. */
export function usageOf(ends: readonly GenerateEnd[], choicesPerPrompt: number) {
  const prompts = ends.filter((_, at) => at % choicesPerPrompt === 0)
  const promptTokens = sum(prompts, (end) => end.promptTokens)
  const completionTokens = sum(ends, (end) => end.generatedTokens)
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: sum(prompts, (end) => end.cachedTokens) },
  }
}

/** llama.cpp's figures, over all answers; `prompt_n` counts what was not known from before. */
export function timingsOf(ends: readonly GenerateEnd[]) {
  const cached = sum(ends, (end) => end.cachedTokens)
  const read = sum(ends, (end) => end.promptTokens) - cached
  const written = sum(ends, (end) => end.generatedTokens)
  const promptMs = sum(ends, (end) => end.promptMs)
  const generateMs = sum(ends, (end) => end.generateMs)
  return {
    cache_n: cached,
    prompt_n: read,
    prompt_ms: promptMs,
    prompt_per_second: perSecond(read, promptMs),
    predicted_n: written,
    predicted_ms: generateMs,
    predicted_per_second: perSecond(written, generateMs),
  }
}

function sum(ends: readonly GenerateEnd[], figure: (end: GenerateEnd) => number): number {
  return ends.reduce((total, end) => total + figure(end), 0)
}

function perSecond(count: number, ms: number): number {
  return ms > 0 ? (count / ms) * 1000 : 0
}
