import { toOpenApi } from '../openapi.ts'
import type { OpenApiDocument } from '../openapi.ts'
import { otlpRoutes } from './routes.ts'

const description = [
  'OpenTelemetry exporters deliver here unchanged: set their endpoint to this server.',
  'A 429 or 503 carries `Retry-After` and means that the same request may be sent again.',
].join('\n')

/** The OpenAPI document of the OTLP surface. */
export function otlpOpenApi(): OpenApiDocument {
  return toOpenApi({ title: 'Pharos OTLP', version: '1', description, routes: otlpRoutes })
}
