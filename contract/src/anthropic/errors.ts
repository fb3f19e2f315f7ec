/** The error body of Anthropic's dialect. Source: Anthropic's API reference, bodhi contract §7.1. */
import { z } from 'zod'

export const anthropicErrorTypes = [
  'invalid_request_error',
  'authentication_error',
  'billing_error',
  'permission_error',
  'not_found_error',
  'request_too_large',
  'rate_limit_error',
  'timeout_error',
  'api_error',
  'overloaded_error',
] as const
export type AnthropicErrorType = (typeof anthropicErrorTypes)[number]

/** A provider of the same dialect may name a type that is not listed. */
export const AnthropicError = z
  .object({
    type: z.literal('error'),
    error: z.looseObject({
      type: z.string().meta({ description: anthropicErrorTypes.join(', ') }),
      message: z.string(),
    }),
    request_id: z.string().optional().meta({ description: 'As in the header `request-id`' }),
  })
  .meta({ id: 'AnthropicError' })
export type AnthropicError = z.infer<typeof AnthropicError>

/** What a call to a model may answer instead; a provider's own refusal keeps its status. */
export const callRefusals = {
  400: AnthropicError,
  401: AnthropicError,
  403: AnthropicError,
  404: AnthropicError,
  413: AnthropicError,
  415: AnthropicError,
  429: AnthropicError,
  500: AnthropicError,
  502: AnthropicError,
  503: AnthropicError,
  504: AnthropicError,
  508: AnthropicError,
} as const

export const eventStream = 'text/event-stream'
