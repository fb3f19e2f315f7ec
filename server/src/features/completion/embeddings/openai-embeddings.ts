import type { ProviderAddress } from '../provider.ts'
import { openAiHeaders, openAiUrl } from '../adapters/openai-request.ts'
import { given } from '../adapters/request-parts.ts'
import { isJsonObject } from '../../../platform/json.ts'
import type { JsonMap } from '../request.ts'
import type { BuiltEmbedding } from './built-embedding.ts'
import type { EmbeddingRequest } from './embedding-ask.ts'
import {
  isList,
  listAt,
  memberOf,
  textOf,
  usageOf,
  type EmbeddingReply,
  type TakenApart,
} from './embedding-reply.ts'
import { fromBase64 } from './vector.ts'

/** A request to an OpenAI server, in words that any of them knows. */
export function buildForOpenAi(
  { input, dimensions, user }: EmbeddingRequest,
  model: string,
  address: ProviderAddress,
): BuiltEmbedding {
  const body = {
    model,
    input: input.kind === 'texts' ? input.texts : input.tokens,
    encoding_format: 'float',
    ...given('dimensions', dimensions),
    ...given('user', user),
  }
  return passToOpenAi(body, model, address)
}

/** The same with a body that came in this dialect. */
export function passToOpenAi(
  body: JsonMap,
  model: string,
  address: ProviderAddress,
): BuiltEmbedding {
  return {
    url: openAiUrl(address, '/embeddings'),
    headers: openAiHeaders(address),
    body: { ...body, model },
    warnings: [],
    read: readOpenAiVectors,
  }
}

/**
 * Source: OpenAI's API reference, embeddings. Vectors in base64 that were too short to be taken out
 * are taken out here; what else some server puts in their place stays where it is.
 */
export function readOpenAiVectors({
  value,
  lists,
}: TakenApart): EmbeddingReply | { readonly fault: string } {
  const { data } = value
  if (!isList(data)) return { fault: 'no data' }
  const all = [...lists]
  const placed = data.map((item, at) => {
    if (!isJsonObject(item)) return { item, at, place: undefined }
    const { embedding, index } = item
    const text = typeof embedding === 'string' ? embedding : null
    const place = text === null ? listAt(embedding) : all.push(fromBase64(text)) - 1
    const told = text === null ? item : { ...item, embedding: [place] }
    return { item: told, at: typeof index === 'number' ? index : at, place }
  })
  const inOrder = placed.toSorted((one, other) => one.at - other.at)
  const usage = value['usage']
  return {
    told: { ...value, data: placed.map(({ item }) => item) },
    lists: all,
    embeddings: inOrder.flatMap(({ place }) => (place === undefined ? [] : [place])),
    usage: usageOf(memberOf(usage, 'prompt_tokens') ?? memberOf(usage, 'total_tokens')),
    model: textOf(value['model']),
  }
}
