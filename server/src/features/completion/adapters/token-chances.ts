import { z } from 'zod'
import type { CompletionPart, TokenChance } from '../part.ts'

/** A token as OpenAI's chat and Ollama tell it. */
const chance = z.looseObject({
  token: z.string(),
  logprob: z.number().nullish(),
  bytes: z.array(z.int().min(0).max(255)).nullish().catch(null),
})
const chosen = chance.extend({ top_logprobs: z.array(chance).nullish().catch(null) })

/** Tokens are for show: strange ones are no reason to lose the answer. */
export const listedLogprobs = z.array(chosen).nullish().catch(null)

/** Of a choice of OpenAI's chat. */
export const openAiLogprobs = z
  .looseObject({ content: listedLogprobs, refusal: listedLogprobs })
  .nullish()
  .catch(null)

/** Of a choice of the older `/completions`; some servers give the chat's form there, too. */
export const textLogprobs = z
  .looseObject({
    content: listedLogprobs,
    tokens: z.array(z.string()).nullish(),
    token_logprobs: z.array(z.number().nullable()).nullish(),
    top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullish(),
  })
  .nullish()
  .catch(null)

const geminiChance = z.looseObject({ token: z.string(), logProbability: z.number().nullish() })

/** Of a candidate of Google's. */
export const geminiLogprobs = z
  .looseObject({
    chosenCandidates: z.array(geminiChance).nullish(),
    topCandidates: z
      .array(z.looseObject({ candidates: z.array(geminiChance).nullish() }))
      .nullish(),
  })
  .nullish()
  .catch(null)

export function listedTokens(tokens: z.infer<typeof listedLogprobs>): readonly CompletionPart[] {
  return (tokens ?? []).map((token) => {
    const top = token.top_logprobs?.map(toChance)
    return { type: 'token', ...toChance(token), ...(top?.length ? { top } : {}) }
  })
}

export function openAiTokens(logprobs: z.infer<typeof openAiLogprobs>): readonly CompletionPart[] {
  if (!logprobs) return []
  return [...listedTokens(logprobs.content), ...listedTokens(logprobs.refusal)]
}

export function textTokens(logprobs: z.infer<typeof textLogprobs>): readonly CompletionPart[] {
  if (!logprobs) return []
  const { content, tokens, token_logprobs: chances, top_logprobs: tops } = logprobs
  if (content) return listedTokens(content)
  return (tokens ?? []).map((text, at) => {
    const top = Object.entries(tops?.[at] ?? {}).map((one) => ({ text: one[0], logprob: one[1] }))
    const logprob = chances?.[at] ?? null
    return { type: 'token', text, logprob, ...(top.length > 0 ? { top } : {}) }
  })
}

export function geminiTokens(logprobs: z.infer<typeof geminiLogprobs>): readonly CompletionPart[] {
  return (logprobs?.chosenCandidates ?? []).map((token, at) => {
    const top = logprobs?.topCandidates?.[at]?.candidates?.map(ofGemini)
    return { type: 'token', ...ofGemini(token), ...(top?.length ? { top } : {}) }
  })
}

function ofGemini({ token, logProbability }: z.infer<typeof geminiChance>): TokenChance {
  return { text: token, logprob: logProbability ?? null }
}

function toChance({ token, logprob, bytes }: z.infer<typeof chance>): TokenChance {
  const isWhole = !bytes || Buffer.from(token).equals(Buffer.from(bytes))
  return { text: token, logprob: logprob ?? null, ...(isWhole ? {} : { bytes }) }
}
