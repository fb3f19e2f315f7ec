import { googleHeaders, googleUrl } from '../adapters/google-request.ts'
import { given } from '../adapters/request-parts.ts'
import { unsupported } from '../ask-targets.ts'
import type { ProviderAddress } from '../provider.ts'
import { warningsOf, type BuiltEmbedding } from './built-embedding.ts'
import type { EmbeddingRequest } from './embedding-ask.ts'
import {
  memberOf,
  readLists,
  usageOf,
  type EmbeddingReply,
  type TakenApart,
} from './embedding-reply.ts'

/** The body of `batchEmbedContents`, which asks for each text by itself. */
export function buildForGoogle(
  request: EmbeddingRequest,
  model: string,
  address: ProviderAddress,
): BuiltEmbedding {
  const { input, dimensions, inputType, taskType = taskOf(inputType) } = request
  if (input.kind === 'tokens') throw unsupported('input', 'Google takes texts, not tokens')
  const requests = input.texts.map((text) => ({
    model: `models/${model.replace(/^models\//u, '')}`,
    content: { parts: [{ text }] },
    ...given('taskType', taskType),
    ...given('outputDimensionality', dimensions),
  }))
  return {
    url: googleUrl(address, model, 'batchEmbedContents'),
    headers: googleHeaders(address),
    body: { requests },
    warnings: warningsOf(request, 'Google'),
    read: readGoogleVectors,
  }
}

const tasks = { query: 'RETRIEVAL_QUERY', document: 'RETRIEVAL_DOCUMENT' } as const

function taskOf(inputType: EmbeddingRequest['inputType']): string | undefined {
  return inputType && tasks[inputType]
}

/** Source: Gemini's API reference, embeddings. Only newer models tell what they read. */
export function readGoogleVectors(taken: TakenApart): EmbeddingReply | { readonly fault: string } {
  const { value, lists } = taken
  const of = (element: unknown): unknown => memberOf(element, 'values')
  const embeddings = readLists(taken, { name: 'embeddings', of })
  if (!Array.isArray(embeddings)) return embeddings
  const usage = usageOf(memberOf(value['usageMetadata'], 'promptTokenCount'))
  return { told: value, lists, embeddings, usage, model: null }
}
