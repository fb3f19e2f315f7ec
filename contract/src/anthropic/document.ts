import { toOpenApi } from '../openapi.ts'
import type { OpenApiDocument } from '../openapi.ts'
import { MessageEvent } from './events.ts'
import { anthropicRoutes } from './routes.ts'

const description = [
  "Anthropic's dialect over every configured model, whoever runs it.",
  'A model is an alias, `provider/model`, or a bare name that one provider lists.',
  'Fields that are not named here go on to providers of the same dialect; where another provider',
  'cannot do what a field asks, the answer is 400 and names the field.',
  'Streams are server-sent events (`MessageEvent`) and end with `message_stop`, unless an error cut',
  'them short: then the last event is `error`.',
].join('\n')

/** The OpenAPI document of the Anthropic surface. */
export function anthropicOpenApi(): OpenApiDocument {
  return toOpenApi({
    title: 'Pharos gateway (Anthropic)',
    version: '0.1.0',
    description,
    routes: anthropicRoutes,
    schemas: [MessageEvent],
  })
}
