import { openAiHeaders, openAiUrl } from '../adapters/openai-request.ts'
import { given } from '../adapters/request-parts.ts'
import { unsupported } from '../ask-targets.ts'
import type { ProviderAddress } from '../provider.ts'
import { warningsOf, type BuiltEmbedding } from './built-embedding.ts'
import type { EmbeddingRequest } from './embedding-ask.ts'
import { readOpenAiVectors } from './openai-embeddings.ts'

/**
 * The body of Voyage's `/v1/embeddings`: much as OpenAI's, but for the words of its options. The
 * replies are the same. Source: hypersigil contract §8.3, Voyage's API reference.
 */
export function buildForVoyage(
  request: EmbeddingRequest,
  model: string,
  address: ProviderAddress,
): BuiltEmbedding {
  const { input, dimensions, inputType, taskType } = request
  if (input.kind === 'tokens') throw unsupported('input', 'Voyage takes texts, not tokens')
  if (taskType !== undefined) throw unsupported('task_type', 'Voyage cannot be told task_type')
  return {
    url: openAiUrl(address, '/embeddings'),
    headers: openAiHeaders(address),
    body: {
      input: input.texts,
      model,
      ...given('input_type', inputType),
      ...given('output_dimension', dimensions),
    },
    warnings: warningsOf(request, 'Voyage'),
    read: readOpenAiVectors,
  }
}
