/** What the routes of Hypersigil have in common. Source: hypersigil contract §0. */
import { z } from 'zod'

/** ISO 8601 in UTC with milliseconds. */
export const Time = z.string()

/** An UUID of versions 1 to 8, or that of zeros. Source: §0.3. */
export const Uuid = z
  .string()
  .regex(
    /^(?:[\da-f]{8}-[\da-f]{4}-[1-8][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}|0{8}-0{4}-0{4}-0{4}-0{12})$/iu,
    'Invalid UUID',
  )
export const Email = z.email()
/** Any scheme. Where it may lead is decided where it is used. */
export const Url = z.url()

/** What is read of it is the whole number at its beginning, from 1: `1.9` is 1. Source: §0.3. */
const Count = z.string().regex(/^\s*\+?0*[1-9]\d{0,8}(?!\d)/u, 'must be a whole number from 1')

/** Put it into a route's query: `z.strictObject({ ...pageFields, search: z.string().optional() })`. */
export const pageFields = {
  page: Count.optional().meta({ description: 'Default 1' }),
  limit: Count.optional().meta({ description: 'Default 10' }),
}
/** For lists that are not paged and take a `limit`. */
export const OrderDirection = z.enum(['ASC', 'DESC'])
/** Only these words. */
export const BooleanWord = z.enum(['true', 'false'])

/** The success envelope. */
export function dataOf<T extends z.ZodType>(schema: T) {
  return z.object({ data: schema })
}

/** A page in its envelope. Source: §0.5. */
export function pageOf<T extends z.ZodType>(row: T) {
  const page = z.object({
    data: z.array(row),
    total: z.int().min(0),
    page: z.int().min(1),
    limit: z.int().min(1),
    totalPages: z.int().min(0),
    hasNext: z.boolean(),
    hasPrev: z.boolean(),
  })
  return dataOf(page)
}

/** A reply of status 204. */
export const nothing = { media: 'text/plain' } as const

const said = {
  error: z.string().meta({ description: 'The kind of error, in a few words' }),
  message: z.string(),
}

/** Said twice, because some clients read the error inside `data` and some beside it. */
export const Refusal = z
  .object({ ...said, data: z.object({ ...said, details: z.unknown().optional() }) })
  .meta({ id: 'Refusal' })

/** What does not fit its schema, field by field; also a fault of the server (500). */
export const InvalidInput = z
  .object({
    error: z.array(
      z.object({
        field: z.string().meta({
          description: 'Dotted path, `request` for the whole of it, `general` for a fault',
        }),
        type: z.literal('general'),
        message: z.string(),
      }),
    ),
  })
  .meta({ id: 'InvalidInput' })

/** What every route may answer instead. */
export const refusals = {
  401: Refusal,
  403: Refusal,
  422: InvalidInput,
  500: InvalidInput,
} as const
/** What a route with a body, or whose verb may say no to what is asked, may answer besides. */
export const inputRefusals = { ...refusals, 400: Refusal } as const
