import type { Service } from '../../models/index.ts'
import type { OwnQuestion } from '../own-ask.ts'
import type { EmbeddingAsk, EmbeddingRequest } from './embedding-ask.ts'

/** Texts that this server itself wants to have as vectors, as a job does. */
export interface OwnEmbedding extends Pick<
  OwnQuestion,
  'attributes' | 'idempotencyKey' | 'requestId' | 'traceparent' | 'hops'
> {
  /** Who runs the model, where it is none that models are asked of by their name. */
  readonly service?: Service['name']
  /** As the service names it; without a service as for `askModel`. */
  readonly model: string
  readonly texts: readonly string[]
  readonly inputType?: NonNullable<EmbeddingRequest['inputType']>
}

/** A question for `embed` in the core's own words. */
export function ownEmbeddingAsk(question: OwnEmbedding): EmbeddingAsk {
  const { model, texts, inputType, service, hops = 0, traceparent, requestId } = question
  const { attributes, idempotencyKey } = question
  const typed = inputType === undefined ? {} : { inputType }
  return {
    wire: 'pharos',
    model: service === undefined ? model : `${service}/${model}`,
    body: { input: texts, ...typed },
    form: 'float',
    read: () => ({ request: { input: { kind: 'texts', texts }, ...typed }, nativeOnly: [] }),
    hops,
    traceparent,
    requestId,
    ...(service === undefined ? {} : { service: { name: service, model } }),
    ...(attributes === undefined ? {} : { attributes }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  }
}
