/** What the bodies and replies of several routes hold. Source: Ollama's API reference. */
import { z } from 'zod'

/** Fields of both requests; looked at one by one where they are read, so that a refusal names one. */
export const settings = {
  model: z
    .string()
    .min(1)
    .meta({ description: 'An alias, `provider/model`, or a model of one provider' }),
  stream: z.boolean().nullish().meta({ description: 'Lines as they come; true if not given' }),
  format: z
    .unknown()
    .optional()
    .meta({ description: '`json` (or `json_object`), or a JSON Schema' }),
  options: z.unknown().optional().meta({
    description: 'What only an Ollama could do is refused for models of other providers',
  }),
  think: z
    .unknown()
    .optional()
    .meta({ description: 'A boolean, or `low`, `medium`, `high`, `max`' }),
  keep_alive: z.unknown().optional().meta({
    description: 'A duration or seconds, for models that an Ollama holds in memory',
  }),
}

const Nanoseconds = z.int().min(0)

/** What the last line and a whole reply tell. Counts that a provider does not give are left out. */
export const measures = {
  done_reason: z.string().optional().meta({ description: '`stop`, `length`, `load`, `unload`' }),
  total_duration: Nanoseconds.optional(),
  load_duration: Nanoseconds.optional().meta({ description: '0 for a model elsewhere' }),
  prompt_eval_count: z.int().min(0).optional(),
  prompt_eval_duration: Nanoseconds.optional().meta({
    description: 'Until the first piece came; 0 where the reply came whole',
  }),
  eval_count: z.int().min(0).optional(),
  eval_duration: Nanoseconds.optional(),
}

const TokenChance = z.looseObject({
  token: z.string(),
  logprob: z.number().nullable(),
  bytes: z.array(z.int()).nullish(),
})

export const Logprob = TokenChance.extend({ top_logprobs: z.array(TokenChance).nullish() }).meta({
  id: 'OllamaLogprob',
})

export const ToolCall = z
  .looseObject({
    id: z.string().optional(),
    function: z.looseObject({
      index: z.int().optional(),
      name: z.string(),
      arguments: z.record(z.string(), z.unknown()),
    }),
  })
  .meta({ id: 'OllamaToolCall' })

export const CreatedAt = z.string().meta({ description: 'RFC 3339' })
