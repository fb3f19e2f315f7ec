import { toOpenApi } from '../openapi.ts'
import type { OpenApiDocument } from '../openapi.ts'
import { hypersigilRoutes } from './routes.ts'

const description = [
  'Accounts, prompts and what is made of them, as clients of Hypersigil know it. Replies hold their',
  'value in `data`; absent members are left out; times are ISO 8601 in UTC. Unknown keys of a request',
  'are refused. Paths may end in a slash and be written in any case.',
].join('\n')

/** The OpenAPI document of the Hypersigil surface. */
export function hypersigilOpenApi(): OpenApiDocument {
  return toOpenApi({
    title: 'Hypersigil',
    version: '0.1.0',
    description,
    routes: hypersigilRoutes,
  })
}
