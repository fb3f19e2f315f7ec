import { TokenBias, type LlamaModel, type SequenceEvaluateOptions } from 'node-llama-cpp'
import type { Sampling } from '../engine-protocol.ts'
import { asToken } from './as-tokens.ts'
import { badField } from './refusal.ts'

/** llama.cpp reads this seed as "any". */
const anySeed = 0xffff_ffff
/** How far back a repeat penalty alone looks, as in llama.cpp. */
const repeatWindow = 64

export interface SamplerContext {
  readonly model: LlamaModel
  readonly vocabularySize: number
  readonly contextSize: number
  /** The answer's tokens so far; grows as they come. */
  readonly said: readonly number[]
}

/** What the engine's own sampler needs to choose as `sampling` says. Throws RefusedError. */
export function samplerOptions(
  sampling: Sampling,
  context: SamplerContext,
): SequenceEvaluateOptions {
  const tokenBias = biasOf(sampling, context)
  const repeatPenalty = penaltyOf(sampling, context)
  return {
    temperature: Math.max(0, sampling.temperature),
    topK: Math.max(0, sampling.topK ?? 0),
    topP: sampling.topP ?? 1,
    minP: sampling.minP ?? 0,
    seed: seedOf(sampling.seed),
    ...(tokenBias ? { tokenBias } : {}),
    ...(repeatPenalty ? { repeatPenalty } : {}),
  }
}

/** 32 bits; where none is given, others at every call (the engine alone would take the second). */
export function seedOf(seed: number | null): number {
  if (seed === null) return Math.floor(Math.random() * anySeed)
  return Number(BigInt.asUintN(32, BigInt(Math.trunc(seed)))) % anySeed
}

/** OpenAI's penalties weigh the whole answer, llama.cpp's the last tokens of it. */
function penaltyOf(
  { repeatPenalty, frequencyPenalty, presencePenalty }: Sampling,
  { said, contextSize }: SamplerContext,
): SequenceEvaluateOptions['repeatPenalty'] {
  const frequency = frequencyPenalty ?? 0
  const presence = presencePenalty ?? 0
  const penalty = repeatPenalty ?? 1
  if (frequency === 0 && presence === 0 && penalty === 1) return undefined
  const window = frequency === 0 && presence === 0 ? repeatWindow : contextSize
  return {
    punishTokens: () => said.slice(-window).map(asToken),
    maxPunishTokens: window,
    penalty,
    frequencyPenalty: frequency,
    presencePenalty: presence,
  }
}

/** NOTE: the engine never biases tokens that end an answer; those entries have no effect. */
function biasOf(
  { logitBias }: Sampling,
  { model, vocabularySize }: SamplerContext,
): TokenBias | undefined {
  const entries = Object.entries(logitBias ?? {})
  if (entries.length === 0) return undefined
  const bias = TokenBias.for(model)
  for (const [key, logit] of entries) {
    const id = Number(key)
    if (!Number.isInteger(id) || id < 0 || id >= vocabularySize) {
      const message = `logit_bias: ${key} is no token of this model (0 to ${vocabularySize - 1})`
      throw badField('logit_bias', message)
    }
    bias.set(asToken(id), { logit })
  }
  return bias
}
