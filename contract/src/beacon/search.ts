/** Text search. Source: beacon contract §8.1. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { guarded, ValidationReply } from './errors.ts'
import { intIn, textIn } from './scalars.ts'

export const SearchQuery = z.object({
  q: textIn({ min: 1, max: 500 }),
  limit: intIn({ min: 1, max: 200, default: 50 }).optional(),
  offset: intIn({ min: 0, default: 0 }).optional(),
})
export type SearchQuery = z.infer<typeof SearchQuery>

export const SearchHit = z
  .object({
    trace_id: z.string(),
    span_id: z.string(),
    name: z.string(),
    match_context: z.string(),
  })
  .meta({ id: 'SearchHit' })
export type SearchHit = z.infer<typeof SearchHit>

export const SearchReply = z
  .object({ results: z.array(SearchHit), total: z.int() })
  .meta({ id: 'SearchReply' })
export type SearchReply = z.infer<typeof SearchReply>

export const search = defineRoute({
  method: 'GET',
  path: '/v1/search',
  summary: 'Find spans by a part of their name, attributes or trace name',
  ref: 'beacon §1.1-27',
  access: 'traces:read',
  query: SearchQuery,
  reply: { 200: SearchReply, 422: ValidationReply, ...guarded },
})
