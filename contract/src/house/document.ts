import { toOpenApi } from '../openapi.ts'
import type { OpenApiDocument } from '../openapi.ts'
import { managementRoutes } from './management-routes.ts'

const description = [
  'What Pharos itself is told: which providers there are and how models are called.',
  'Replies hold their value in `data`; times are ISO 8601 in UTC. Unknown keys of a request are',
  'refused. Keys are never shown, only as masks.',
].join('\n')

/** The OpenAPI document of the house's own routes under `/api/v1`. */
export function houseOpenApi(): OpenApiDocument {
  return toOpenApi({
    title: 'Pharos management',
    version: '0.1.0',
    description,
    routes: managementRoutes,
  })
}
