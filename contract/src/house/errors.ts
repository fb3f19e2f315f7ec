/** Error bodies under `/api/v1`. Source: hypersigil contract §0.4. */
import { z } from 'zod'

/** Said twice, because some clients read the error inside `data` and some beside it. */
export const ApiError = z
  .object({
    error: z.string().meta({ description: 'The kind of error, in a few words' }),
    message: z.string(),
    data: z.object({ error: z.string(), message: z.string() }),
  })
  .meta({ id: 'ApiError' })

/** What does not fit its schema, field by field. */
export const InvalidInput = z
  .object({
    error: z.array(
      z.object({
        field: z.string().meta({ description: 'Dotted path, or `request` for the whole of it' }),
        type: z.literal('general'),
        message: z.string(),
      }),
    ),
  })
  .meta({ id: 'InvalidInput' })

/** What every route may answer instead. */
export const refusals = { 401: ApiError, 403: ApiError } as const

/** What routes with a name or a body may answer besides. */
export const inputRefusals = { ...refusals, 400: ApiError, 422: InvalidInput } as const

/** What routes that take a body may answer besides. */
export const bodyRefusals = { ...inputRefusals, 413: ApiError, 415: ApiError } as const
