import { toOpenApi } from '../openapi.ts'
import type { OpenApiDocument } from '../openapi.ts'
import { ClientFrame, livePath, ServerFrame } from './live.ts'
import { beaconRoutes } from './routes.ts'

const description = [
  'Agent traces: spans come in over HTTP and are read as traces, graphs, figures and search hits.',
  'Times are Unix epoch seconds, durations milliseconds. Unknown keys of a request are ignored.',
  'A float may also arrive as a numeric string or a boolean.',
  'Every refusal is a JSON object with a `detail`.',
  `Live events come from the socket \`${livePath}\`: the server sends one JSON text frame per event`,
  '(`SpanCreatedFrame`, `TraceCreatedFrame`, `GapFrame`, `LiveErrorFrame`), a client may send',
  '`ClientFrame` to follow single traces.',
].join('\n')

/** The OpenAPI document of the Beacon surface; title and version are part of the frozen wire. */
export function beaconOpenApi(): OpenApiDocument {
  return toOpenApi({
    title: 'Beacon Backend',
    version: '0.1.0',
    description,
    routes: beaconRoutes,
    schemas: [ServerFrame, ClientFrame],
  })
}
