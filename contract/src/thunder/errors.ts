/** Error bodies of the Thunder wire. Source: thunder contract §1.2. */
import { z } from 'zod'

/** Family A, with the members of B and C beside it so that every client finds its own. */
export const ErrorA = z
  .object({ error: z.string(), message: z.string().optional() })
  .meta({ id: 'ErrorA', description: '`<kind>: <detail>`' })

/** Family B: `/auth/*` and the playground. */
export const ErrorB = z
  .object({ error: z.string(), code: z.int(), message: z.string().optional() })
  .meta({ id: 'ErrorB' })

/** Family C: activations. */
export const ErrorC = z
  .object({ status: z.literal('error'), error_code: z.string(), message: z.string() })
  .meta({ id: 'ErrorC' })

/** Family D: what is wrong with the request itself, as plain text. */
export const plainText = { media: 'text/plain; charset=utf-8' } as const

/** Replies of every route that takes a body: syntax, size, content type, shape. */
export const rejectedBody = { 413: plainText, 415: plainText, 422: plainText } as const
