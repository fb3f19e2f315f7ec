/** Scalars of the routes under `/api/v1`. Source: hypersigil contract §0.3 and §0.4. */
import { z } from 'zod'

/** ISO 8601 in UTC with milliseconds. */
export const Time = z.string()

/** The success envelope. */
export function dataOf<T extends z.ZodType>(schema: T) {
  return z.object({ data: schema })
}

export const Deleted = z.object({ deleted: z.string() }).meta({ id: 'Deleted' })
