/** The error body of OpenAI's dialect. Source: bodhi contract §7. */
import { z } from 'zod'

export const OpenAiError = z
  .object({
    error: z.looseObject({
      message: z.string(),
      type: z.string().meta({ description: 'The kind of error; each belongs to one status' }),
      param: z.string().nullable().meta({ description: 'The field at fault, as it is sent' }),
      code: z.string().nullable(),
    }),
  })
  .meta({ id: 'OpenAiError' })
export type OpenAiError = z.infer<typeof OpenAiError>

/** What every route may answer instead. */
export const refusals = { 400: OpenAiError, 401: OpenAiError, 403: OpenAiError } as const

/** A reply to `If-None-Match`: what the client has is still so. */
export const unchanged = { 304: { media: 'text/plain' } } as const

/** What a call to a model may answer instead; a provider's own refusal keeps its status. */
export const callRefusals = {
  ...refusals,
  404: OpenAiError,
  413: OpenAiError,
  429: OpenAiError,
  500: OpenAiError,
  502: OpenAiError,
  503: OpenAiError,
  504: OpenAiError,
  508: OpenAiError,
} as const

export const eventStream = 'text/event-stream'
