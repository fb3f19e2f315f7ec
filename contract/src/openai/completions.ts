/** Completions of a text, OpenAI's older dialect. Source: OpenAI's API reference. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { finishReasons, Usage } from './chat.ts'
import { callRefusals, eventStream } from './errors.ts'

/** Unknown fields are passed on to providers that speak the same dialect. */
export const TextRequest = z
  .looseObject({
    model: z.string(),
    prompt: z
      .unknown()
      .optional()
      .meta({ description: 'A text; lists only for providers of the same dialect' }),
    stream: z.boolean().nullish(),
  })
  .meta({ id: 'TextRequest' })
export type TextRequest = z.infer<typeof TextRequest>

/** A whole reply, or one event of a stream. */
export const TextCompletion = z
  .looseObject({
    id: z.string(),
    object: z.literal('text_completion'),
    created: z.int(),
    model: z.string(),
    choices: z.array(
      z.looseObject({
        text: z.string(),
        index: z.int(),
        logprobs: z.unknown().nullish(),
        finish_reason: z.enum(finishReasons).nullable(),
      }),
    ),
    usage: Usage.nullish(),
  })
  .meta({ id: 'TextCompletion' })
export type TextCompletion = z.infer<typeof TextCompletion>

export const createCompletion = defineRoute({
  method: 'POST',
  path: '/v1/completions',
  summary: 'Ask a model to go on with a text',
  ref: 'OpenAI API reference, completions',
  access: 'completions:run',
  body: TextRequest,
  reply: { 200: { json: TextCompletion, media: eventStream }, ...callRefusals },
})
