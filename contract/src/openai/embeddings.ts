/** Texts as vectors. Source: OpenAI's API reference, embeddings; bodhi contract §1.14. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { callRefusals } from './errors.ts'

/** Unknown fields are passed on to providers that speak the same dialect. */
export const EmbeddingsRequest = z
  .looseObject({
    model: z.string(),
    input: z.unknown().meta({
      description:
        'A text, a list of texts, or tokens as a list or a list of lists of whole numbers; tokens ' +
        'only for providers of the same dialect',
    }),
    encoding_format: z.unknown().optional().meta({
      description: '`float` if not given, or `base64`: little-endian floats of 32 bits',
    }),
    dimensions: z.unknown().optional(),
    user: z.unknown().optional(),
    task_type: z.unknown().optional().meta({
      description: 'What the vectors are for, in the words of Google: `RETRIEVAL_QUERY`',
    }),
  })
  .meta({ id: 'EmbeddingsRequest' })

export const EmbeddingsReply = z
  .looseObject({
    object: z.literal('list'),
    data: z.array(
      z.looseObject({
        object: z.literal('embedding'),
        index: z.int(),
        embedding: z.union([z.string(), z.array(z.number())]),
      }),
    ),
    model: z.string().meta({ description: 'The name asked for' }),
    usage: z
      .looseObject({ prompt_tokens: z.int(), total_tokens: z.int() })
      .nullish()
      .meta({ description: 'Left out where the provider tells of none' }),
  })
  .meta({ id: 'EmbeddingsReply' })
export type EmbeddingsReply = z.infer<typeof EmbeddingsReply>

export const createEmbeddings = defineRoute({
  method: 'POST',
  path: '/v1/embeddings',
  summary: 'Have a model turn texts into vectors',
  ref: 'bodhi §1.14; OpenAI API reference, embeddings',
  access: 'embeddings:run',
  body: EmbeddingsRequest,
  reply: { 200: EmbeddingsReply, ...callRefusals },
})
