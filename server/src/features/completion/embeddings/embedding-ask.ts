import type { Service } from '../../models/index.ts'
import type { FailedAnswer, AnswerFacts } from '../answer.ts'
import type { Ask } from '../ask.ts'
import type { Measured } from '../outcome.ts'
import type { JsonMap } from '../request.ts'
import type { EmbeddingReply } from './embedding-reply.ts'
import type { VectorForm } from './vector.ts'

/**
 * The dialects in which vectors may be asked for. `ollama-embeddings` is Ollama's older one,
 * `pharos` the core's own, which no provider speaks.
 */
export type EmbeddingWire = 'openai-embeddings' | 'ollama-embed' | 'ollama-embeddings' | 'pharos'

/** What is to become vectors: texts, or texts that the client cut into tokens already. */
export type EmbeddingInput =
  | { readonly kind: 'texts'; readonly texts: readonly string[] }
  | { readonly kind: 'tokens'; readonly tokens: readonly (readonly number[])[] }

/** Vectors as the core asks for them, in no provider's dialect. */
export interface EmbeddingRequest {
  readonly input: EmbeddingInput
  readonly dimensions?: number
  /** What the vectors are for, in Google's words (`RETRIEVAL_QUERY`). */
  readonly taskType?: string
  /** Whether the texts ask or are to be found; a provider that makes no difference is not told. */
  readonly inputType?: 'query' | 'document'
  /** Who asks, as the client tells its provider. */
  readonly user?: string
}

/** A body as the core understands it. */
export interface ReadEmbeddingAsk {
  readonly request: EmbeddingRequest
  /** Fields that only a provider of the same dialect would understand, in the client's words. */
  readonly nativeOnly: readonly string[]
}

/** What a client wants to have as vectors, in the words of its own dialect. */
export interface EmbeddingAsk extends Pick<
  Ask,
  'model' | 'body' | 'hops' | 'traceparent' | 'requestId' | 'attributes' | 'idempotencyKey'
> {
  readonly wire: EmbeddingWire
  /** A model of a service, which no name of a model leads to. */
  readonly service?: { readonly name: Service['name']; readonly model: string }
  /** How the client wants vectors to be written; null leaves that to the provider. */
  readonly form: VectorForm | null
  /**
   * Reads the body for a provider of another dialect. Throws `invalid` with `details.param`, the
   * field's name, for what cannot be read.
   */
  readonly read: (body: JsonMap) => ReadEmbeddingAsk
}

/** A call that brought vectors. */
export interface EmbeddedOutcome extends Measured {
  readonly status: 'completed'
  readonly reply: EmbeddingReply
}

export interface EmbeddedAnswer extends AnswerFacts {
  readonly status: 'embedded'
  readonly outcome: EmbeddedOutcome
}

/** How a call for vectors was answered. */
export type EmbeddingAnswer = FailedAnswer | EmbeddedAnswer
