import { toOpenApi } from '../openapi.ts'
import type { OpenApiDocument } from '../openapi.ts'
import { ChatChunk } from './chat.ts'
import { ResponseEvent } from './responses.ts'
import { openAiRoutes } from './routes.ts'

const description = [
  "OpenAI's dialect over every configured model, whoever runs it.",
  'A model is an alias, `provider/model`, or a bare name that one provider lists.',
  'Fields that are not named here go on to providers of the same dialect; where another provider',
  'cannot do what a field asks, the answer is 400 and names the field.',
  'Streams are server-sent events (`ChatChunk`) and end with `data: [DONE]`, unless an error cut',
  'them short: then the last event is an `OpenAiError`. Those of a response (`ResponseEvent`) end with',
  'an event that holds the whole of it.',
].join('\n')

/** The OpenAPI document of the OpenAI surface. */
export function openAiOpenApi(): OpenApiDocument {
  return toOpenApi({
    title: 'Pharos gateway (OpenAI)',
    version: '0.1.0',
    description,
    routes: openAiRoutes,
    schemas: [ChatChunk, ResponseEvent],
  })
}
