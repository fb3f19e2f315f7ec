/** One prompt, one reply. Source: Ollama's API reference. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { callRefusals, lines } from './errors.ts'
import { CreatedAt, Logprob, measures, settings, ToolCall } from './shared-fields.ts'

/** Unknown fields are passed on to an Ollama. */
export const GenerateRequest = z
  .looseObject({
    ...settings,
    prompt: z.string().nullish().meta({ description: 'None: the model is only made ready' }),
    system: z.unknown().optional(),
    images: z.unknown().optional().meta({ description: 'A list of images in base64' }),
    logprobs: z.unknown().optional(),
    top_logprobs: z.unknown().optional(),
  })
  .meta({ id: 'OllamaGenerateRequest' })

/** A whole reply, or one line of a stream, of which the last is `done`. */
export const GenerateReply = z
  .looseObject({
    model: z.string().meta({ description: 'The name asked for' }),
    created_at: CreatedAt,
    response: z.string(),
    thinking: z.string().nullish(),
    tool_calls: z.array(ToolCall).nullish(),
    logprobs: z.array(Logprob).nullish(),
    done: z.boolean(),
    ...measures,
  })
  .meta({ id: 'OllamaGenerateReply' })
export type GenerateReply = z.infer<typeof GenerateReply>

export const generate = defineRoute({
  method: 'POST',
  path: '/api/generate',
  summary: 'Ask a model to answer a prompt; as lines unless `stream` is false',
  ref: 'Ollama API reference, generate',
  access: 'completions:run',
  body: GenerateRequest,
  reply: { 200: { json: GenerateReply, media: lines }, ...callRefusals },
})
