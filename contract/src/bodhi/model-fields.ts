/** What several kinds of models say of themselves. Source: bodhi contract §4.5, §4.6, §4.10. */
import { z } from 'zod'

/** Null counts as absent. Ranges are those of §4.5; a request that says the same itself wins. */
export const OAIRequestParams = z
  .object({
    frequency_penalty: z.number().nullish().meta({ description: '-2 to 2' }),
    max_tokens: z.number().nullish(),
    presence_penalty: z.number().nullish().meta({ description: '-2 to 2' }),
    seed: z.number().nullish(),
    stop: z.array(z.string()).nullish().meta({ description: 'At most 4' }),
    temperature: z.number().nullish().meta({ description: '0 to 2' }),
    top_p: z.number().nullish().meta({ description: '0 to 1' }),
    user: z.string().nullish(),
    system_prompt: z
      .string()
      .nullish()
      .meta({ description: 'Put first, unless the messages begin with a system message' }),
  })
  .meta({ id: 'OAIRequestParams' })
export type OAIRequestParams = z.infer<typeof OAIRequestParams>

/** How the model is loaded, in either form; it is given back as it came. */
export const ContextParams = z
  .union([z.record(z.string(), z.unknown()), z.array(z.string())])
  .meta({
    id: 'ContextParams',
    description:
      'An object such as `{"n_ctx":4096}`, or engine arguments as in `["--ctx-size 4096"]`',
  })
export type ContextParams = z.infer<typeof ContextParams>

export const ModelMetadata = z
  .object({
    capabilities: z.object({
      vision: z.boolean(),
      audio: z.boolean(),
      thinking: z.boolean(),
      tools: z.object({ function_calling: z.boolean(), structured_output: z.boolean() }),
    }),
    context: z.object({
      max_input_tokens: z.int().nullable(),
      max_output_tokens: z.int().nullable(),
    }),
    architecture: z.object({
      family: z.string().nullable(),
      parameter_count: z.int().nullable(),
      quantization: z.string().nullable(),
      format: z.string(),
    }),
    chat_template: z.string().nullable(),
  })
  .meta({ id: 'ModelMetadata', description: 'What the header of a GGUF file says' })
export type ModelMetadata = z.infer<typeof ModelMetadata>

/** Of every model: whether the caller may ask it. */
export const access = z.boolean().meta({ description: 'Whether the caller may use it' })

export const sizeBytes = z.int().min(0).nullable()
