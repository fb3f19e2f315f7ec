/** Texts as vectors. Source: Ollama's API reference, generate embeddings. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { callRefusals } from './errors.ts'
import { measures, settings } from './shared-fields.ts'

const { model, options, keep_alive } = settings
const Vector = z.array(z.number())

/** Unknown fields are passed on to an Ollama. */
export const EmbedRequest = z
  .looseObject({
    model,
    input: z.unknown().optional().meta({ description: 'A text or a list of texts' }),
    truncate: z.unknown().optional().meta({
      description:
        'Whether an Ollama may cut a text that is too long; other providers refuse it aloud',
    }),
    dimensions: z.unknown().optional(),
    options,
    keep_alive,
  })
  .meta({ id: 'EmbedRequest' })

const { total_duration, load_duration, prompt_eval_count } = measures

export const EmbedReply = z
  .looseObject({
    model: z.string().meta({ description: 'The name asked for' }),
    embeddings: z.array(Vector),
    total_duration,
    load_duration,
    prompt_eval_count,
  })
  .meta({ id: 'EmbedReply' })
export type EmbedReply = z.infer<typeof EmbedReply>

export const embed = defineRoute({
  method: 'POST',
  path: '/api/embed',
  summary: 'Have a model turn texts into vectors',
  ref: 'Ollama API reference, generate embeddings',
  access: 'embeddings:run',
  body: EmbedRequest,
  reply: { 200: EmbedReply, ...callRefusals },
})

/** Unknown fields are passed on to an Ollama. */
export const EmbeddingsRequest = z
  .looseObject({
    model,
    prompt: z.unknown().optional().meta({ description: 'A text' }),
    options,
    keep_alive,
  })
  .meta({ id: 'OllamaEmbeddingsRequest' })

export const EmbeddingsReply = z
  .looseObject({ embedding: Vector })
  .meta({ id: 'OllamaEmbeddingsReply' })
export type EmbeddingsReply = z.infer<typeof EmbeddingsReply>

export const embeddings = defineRoute({
  method: 'POST',
  path: '/api/embeddings',
  summary: 'The same for one text, as older clients ask',
  ref: 'Ollama API reference, generate embedding (deprecated)',
  access: 'embeddings:run',
  body: EmbeddingsRequest,
  reply: { 200: EmbeddingsReply, ...callRefusals },
})
