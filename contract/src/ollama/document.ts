import { toOpenApi } from '../openapi.ts'
import type { OpenApiDocument } from '../openapi.ts'
import { ollamaRoutes } from './routes.ts'

const description = [
  "Ollama's dialect over every configured model, whoever runs it.",
  'A model is an alias, `provider/model`, or a bare name that one provider lists.',
  'Models of a connected Ollama are asked in the words that came; for others what cannot be said in',
  'the words of their provider is refused with 400, naming the field.',
  'Streams are lines of JSON; the last one is `done`, unless an error cut them short: then it is an',
  '`OllamaError`. Durations are nanoseconds.',
].join('\n')

/** The OpenAPI document of the Ollama surface. */
export function ollamaOpenApi(): OpenApiDocument {
  return toOpenApi({
    title: 'Pharos gateway (Ollama)',
    version: '0.1.0',
    description,
    routes: ollamaRoutes,
  })
}
