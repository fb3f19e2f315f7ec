/** The error body of Ollama's dialect. Source: bodhi contract §1.15 and §7.1. */
import { z } from 'zod'

export const OllamaError = z
  .looseObject({ error: z.string() })
  .meta({ id: 'OllamaError', description: 'Also the last line of a stream that was cut short' })
export type OllamaError = z.infer<typeof OllamaError>

/** What every route may answer instead. */
export const refusals = {
  400: OllamaError,
  401: OllamaError,
  403: OllamaError,
  500: OllamaError,
  503: OllamaError,
} as const

/** What a route with a body may answer instead. */
export const bodyRefusals = { ...refusals, 413: OllamaError, 415: OllamaError } as const

/** What a call to a model may answer instead; a provider's own refusal keeps its status. */
export const callRefusals = {
  ...bodyRefusals,
  404: OllamaError,
  429: OllamaError,
  502: OllamaError,
  504: OllamaError,
  508: OllamaError,
} as const

/** One JSON object a line. */
export const lines = 'application/x-ndjson'
