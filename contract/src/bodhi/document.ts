import { anthropicOpenApi } from '../anthropic/document.ts'
import { ollamaOpenApi } from '../ollama/document.ts'
import { toOpenApi, type OpenApiDocument } from '../openapi.ts'
import { openAiOpenApi } from '../openai/document.ts'
import { bodhiRoutes } from './routes.ts'

const description = [
  'Models of this machine and of others: files, names for them, downloads, remote providers, routers.',
  'Times are RFC 3339 in UTC. Unknown fields of a request are ignored.',
  'Lists come in pages of 30, at most 100. What is read carries a weak `ETag`.',
].join('\n')

/** The OpenAPI document of the Bodhi surface. */
export function bodhiOpenApi(): OpenApiDocument {
  return toOpenApi({
    title: 'Pharos models (Bodhi)',
    version: '0.1.0',
    description,
    routes: bodhiRoutes,
  })
}

/**
 * One document of the Bodhi surface and the three dialects of the gateway, as it is published for
 * people. Ids of operations are made unique by the dialect.
 */
export function modelsOpenApi(): OpenApiDocument {
  const own = bodhiOpenApi()
  const documents = [
    own,
    withPrefix(openAiOpenApi(), 'openai'),
    withPrefix(anthropicOpenApi(), 'anthropic'),
    withPrefix(ollamaOpenApi(), 'ollama'),
  ]
  return {
    ...own,
    info: { ...own.info, title: 'Pharos models and gateway' },
    paths: Object.fromEntries(documents.flatMap(({ paths }) => Object.entries(paths))),
    components: {
      ...own.components,
      schemas: Object.fromEntries(
        documents.flatMap(({ components }) => Object.entries(components.schemas)),
      ),
    },
  }
}

function withPrefix(document: OpenApiDocument, dialect: string): OpenApiDocument {
  const named = Object.entries(document.paths).map(([path, operations]) => {
    const renamed = Object.entries(operations).map(([method, operation]) => {
      const operationId = `${dialect}_${operation.operationId}`
      return [method, { ...operation, operationId }] as const
    })
    return [path, Object.fromEntries(renamed)] as const
  })
  return { ...document, paths: Object.fromEntries(named) }
}
