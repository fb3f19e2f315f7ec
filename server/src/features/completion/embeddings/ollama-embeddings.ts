import { ollamaHeaders, ollamaUrl } from '../adapters/ollama-request.ts'
import { given } from '../adapters/request-parts.ts'
import { unsupported } from '../ask-targets.ts'
import type { ProviderAddress } from '../provider.ts'
import type { JsonMap } from '../request.ts'
import { warningsOf, type BuiltEmbedding } from './built-embedding.ts'
import type { EmbeddingRequest } from './embedding-ask.ts'
import {
  listAt,
  readLists,
  textOf,
  usageOf,
  type EmbeddingReply,
  type TakenApart,
} from './embedding-reply.ts'

/**
 * The body of `/api/embed`. Left alone, an Ollama cuts a text that is too long; other clients expect
 * to be told.
 */
export function buildForOllama(
  request: EmbeddingRequest,
  model: string,
  address: ProviderAddress,
): BuiltEmbedding {
  const { input, dimensions, taskType } = request
  if (input.kind === 'tokens') throw unsupported('input', 'Ollama takes texts, not tokens')
  if (taskType !== undefined) throw unsupported('task_type', 'Ollama cannot be told task_type')
  const body = { model, input: input.texts, truncate: false, ...given('dimensions', dimensions) }
  const warnings = warningsOf(request, 'Ollama')
  return { ...passToOllama('/api/embed', body, { model, address }), warnings }
}

/** The same with a body that came in this dialect, in its present form or in the older one. */
export function passToOllama(
  path: '/api/embed' | '/api/embeddings',
  body: JsonMap,
  { model, address }: { readonly model: string; readonly address: ProviderAddress },
): BuiltEmbedding {
  return {
    url: ollamaUrl(address, path),
    headers: ollamaHeaders(address),
    body: { ...body, model },
    warnings: [],
    read: path === '/api/embed' ? readOllamaVectors : readOllamaVector,
  }
}

/** Source: Ollama's API reference, generate embeddings. */
export function readOllamaVectors(taken: TakenApart): EmbeddingReply | { readonly fault: string } {
  const { value, lists } = taken
  const embeddings = readLists(taken, { name: 'embeddings', of: (element) => element })
  if (!Array.isArray(embeddings)) return embeddings
  const usage = usageOf(value['prompt_eval_count'])
  return { told: value, lists, embeddings, usage, model: textOf(value['model']) }
}

/** One vector, and nothing else: of no text an empty one. */
export function readOllamaVector({
  value,
  lists,
}: TakenApart): EmbeddingReply | { readonly fault: string } {
  const { embedding } = value
  if (!Array.isArray(embedding)) return { fault: 'no embedding' }
  const place = listAt(embedding)
  const embeddings = place === undefined ? [] : [place]
  return { told: value, lists, embeddings, usage: usageOf(undefined), model: null }
}
