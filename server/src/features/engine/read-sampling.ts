import { z } from 'zod'
import type { Sampling } from './engine-protocol.ts'
import type { LoadPlan } from './load-plan.ts'

const biasOfToken = z.record(
  z.string().regex(/^\d{1,9}$/u, 'Expected ids of tokens'),
  z.number().min(-100).max(100),
)

/** Fields of chat and of text completions that mean the same; null is as good as absent. */
export const generationFields = {
  model: z.string().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  n: z.int().min(1).max(8).nullish(),
  max_tokens: z.int().min(1).nullish(),
  stop: z
    .union([z.string(), z.array(z.string()).max(16)], 'Expected a text or at most 16 of them')
    .nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(-1).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  repeat_penalty: z.number().min(0).max(10).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  seed: z.int().nullish(),
  logit_bias: biasOfToken.nullish(),
  grammar: z.string().min(1).nullish(),
}

const generation = z.object(generationFields)
export type GenerationFields = z.infer<typeof generation>

/**
 * How tokens are chosen. What nobody says is as in llama.cpp's server (temperature 0.8, top-k 40,
 * top-p 0.95, min-p 0.05), whose users come here: small models talk nonsense at OpenAI's 1.0.
 * `choice` counts the answers to one question; each has a seed of its own.
 */
export function samplingOf(fields: GenerationFields, plan: LoadPlan, choice: number): Sampling {
  const seed = fields.seed ?? plan.options.seed ?? null
  return {
    temperature: fields.temperature ?? 0.8,
    topP: fields.top_p ?? 0.95,
    topK: unlessOff(fields.top_k ?? 40),
    minP: fields.min_p ?? 0.05,
    seed: seed === null || seed === -1 ? null : unsigned(seed + choice),
    repeatPenalty: fields.repeat_penalty ?? null,
    frequencyPenalty: fields.frequency_penalty ?? null,
    presencePenalty: fields.presence_penalty ?? null,
    logitBias: fields.logit_bias ?? null,
  }
}

export function stopOf({ stop }: GenerationFields): readonly string[] {
  const all = typeof stop === 'string' ? [stop] : (stop ?? [])
  return all.filter((text) => text !== '')
}

/** 0 and -1 mean all of them. */
function unlessOff(topK: number): number | null {
  return topK > 0 ? topK : null
}

/** The engine knows 32 bits. */
function unsigned(seed: number): number {
  return Number(BigInt.asUintN(32, BigInt(seed)))
}
