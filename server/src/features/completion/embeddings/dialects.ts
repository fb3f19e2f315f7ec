import type { Connection, ConnectionKind, Service } from '../../models/index.ts'
import { engineAddress } from '../adapters/local.ts'
import { unsupported } from '../ask-targets.ts'
import type { ProviderAddress } from '../provider.ts'
import type { BuiltEmbedding } from './built-embedding.ts'
import type { EmbeddingAsk, EmbeddingRequest } from './embedding-ask.ts'
import { buildForGoogle } from './google-embeddings.ts'
import { buildForOllama, passToOllama } from './ollama-embeddings.ts'
import { buildForOpenAi, passToOpenAi } from './openai-embeddings.ts'
import { buildForVoyage } from './voyage-embeddings.ts'

/** The request as it came, for a connection that speaks its dialect; undefined for others. */
export function passEmbedding(
  { kind, ...address }: Connection,
  { wire, body, model }: Pick<EmbeddingAsk, 'wire' | 'body' | 'model'>,
): BuiltEmbedding | undefined {
  switch (wire) {
    case 'openai-embeddings': {
      const spoken = openAiAddress(kind, address)
      return spoken && passToOpenAi(body, model, spoken)
    }
    case 'ollama-embed':
      return kind === 'ollama' ? passToOllama('/api/embed', body, { model, address }) : undefined
    case 'ollama-embeddings':
      return kind === 'ollama'
        ? passToOllama('/api/embeddings', body, { model, address })
        : undefined
    case 'pharos':
      return undefined
  }
}

/** Where OpenAI's dialect is spoken; undefined where it is not. */
function openAiAddress(
  kind: ConnectionKind,
  address: ProviderAddress,
): ProviderAddress | undefined {
  if (kind === 'local') return engineAddress
  return kind === 'openai' || kind === 'openai-compatible' ? address : undefined
}

/**
 * The request in the dialect of a service.
 * @throws DomainError `invalid` for what it cannot be told, `details.param` naming it.
 */
export function buildForService(
  service: Service['name'],
  address: ProviderAddress,
  { model, request }: { readonly model: string; readonly request: EmbeddingRequest },
): BuiltEmbedding {
  switch (service) {
    case 'voyageai':
      return buildForVoyage(request, model, address)
  }
}

/**
 * The request in the dialect of a connection.
 * @throws DomainError `invalid` for what its provider cannot be told, `details.param` naming it.
 */
export function buildEmbedding(
  { kind, label, ...address }: Connection,
  model: string,
  request: EmbeddingRequest,
): BuiltEmbedding {
  switch (kind) {
    case 'openai':
    case 'openai-compatible':
      return buildForOpenAi(request, model, address)
    case 'local':
      return buildForOpenAi(request, model, engineAddress)
    case 'google':
      return buildForGoogle(request, model, address)
    case 'ollama':
      return buildForOllama(request, model, address)
    case 'anthropic':
      throw unsupported('model', `${label} has no models for embeddings`)
  }
}
