/** The error body of the Bodhi surface. Source: bodhi contract §7.1 (column "Build"). */
import { z } from 'zod'
import { errorCodes, type BodhiCode } from './error-codes.ts'

/** Every code, for the schema. */
const codes = Object.keys(errorCodes) as [BodhiCode, ...BodhiCode[]]

export const BodhiError = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string().meta({ description: 'The kind of error; each belongs to a status' }),
      code: z.enum(codes),
      param: z.string().nullable().meta({ description: 'The field at fault, as it is sent' }),
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  })
  .meta({ id: 'BodhiError' })
export type BodhiError = z.infer<typeof BodhiError>

/** What every route may answer instead. */
export const refusals = {
  400: BodhiError,
  401: BodhiError,
  403: BodhiError,
  500: BodhiError,
  503: BodhiError,
} as const

/** What a route that names something may answer besides. */
export const namedRefusals = { ...refusals, 404: BodhiError } as const

/** What a route with a body may answer besides. */
export const bodyRefusals = { ...refusals, 413: BodhiError } as const

/** What a route with a body that names something may answer besides. */
export const namedBodyRefusals = { ...bodyRefusals, 404: BodhiError } as const

/** A reply without a body. */
export const nothing = { media: 'text/plain' } as const

/** A reply to `If-None-Match`: what the client has is still so. */
export const unchanged = { 304: nothing } as const
