import { toOpenApi } from '../openapi.ts'
import type { OpenApiDocument } from '../openapi.ts'
import { thunderRoutes } from './routes.ts'
import { StreamFrame, streamPath } from './stream.ts'

const description = [
  'Inference logs with every token: an engine posts them, people watch, read, mark and share them.',
  'Times are RFC 3339 in UTC. Unknown keys of a request are ignored.',
  'A key goes in the header `X-API-Key`, or as a bearer token.',
  'What does not fit the shape of a request is refused as plain text, anything else as JSON.',
  `Live logs come from the socket \`${streamPath}?api_key=\`: one JSON text frame per log`,
  '(`NewLogFrame`, `LaggedFrame`); whatever a client sends is ignored.',
].join('\n')

/** The OpenAPI document of the Thunder surface. */
export function thunderOpenApi(): OpenApiDocument {
  return toOpenApi({
    title: 'Pharos inference logs (Thunder)',
    version: '0.1.0',
    description,
    routes: thunderRoutes,
    schemas: [StreamFrame],
  })
}
