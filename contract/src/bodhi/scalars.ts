/** Scalars of the Bodhi wire. Source: bodhi contract §0.3 and §1.8. */
import { z } from 'zod'

/** RFC 3339 in UTC with milliseconds. */
export const Time = z.string()

/** A whole number of at least `least` as the text of a query. Read it with `Number`. */
export function wholeText(least: 0 | 1) {
  return z
    .string()
    .regex(least === 0 ? /^\d{1,15}$/ : /^0*[1-9]\d{0,14}$/, `is a whole number from ${least}`)
}

export const PageQuery = z.object({
  page: wholeText(1).optional().meta({ description: 'Default 1' }),
  page_size: wholeText(1).optional().meta({ description: 'Default 30; above 100 it is 100' }),
})
export type PageQuery = z.infer<typeof PageQuery>

/** A page in an order. An order that is not known is the usual one. */
export const SortedQuery = PageQuery.extend({
  sort: z.string().optional().meta({ description: 'What is not known is the default' }),
  sort_order: z.string().optional().meta({ description: '`desc` in any case turns it round' }),
})
export type SortedQuery = z.infer<typeof SortedQuery>

/** The envelope of every list; past its end `data` is empty. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    data: z.array(item),
    total: z.int().min(0),
    page: z.int().min(1),
    page_size: z.int().min(1).max(100),
  })
}

export const Repo = z
  .string()
  .regex(/^[\w.-]+\/[\w.-]+$/, 'is not user/name')
  .meta({ description: '`user/name`' })
