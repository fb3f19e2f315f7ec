import { badField } from './engine-fault.ts'
import type { EmbeddingWork } from './read-text-request.ts'

export interface Embedded {
  readonly vectors: readonly Float32Array[]
  readonly promptTokens: number
}

/** OpenAI's list of embeddings. Throws EngineFault where another length was asked for. */
export function embeddingsReply(work: EmbeddingWork, { vectors, promptTokens }: Embedded): string {
  const [first] = vectors
  const { dimensions } = work
  if (dimensions !== null && first && first.length !== dimensions) {
    const message = `dimensions: this model's vectors have ${first.length}`
    throw badField('dimensions', message, 'unsupported_parameter')
  }
  return JSON.stringify({
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: work.isBase64 ? base64Of(vector) : [...vector],
    })),
    model: work.model,
    usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
  })
}

/** 32-bit floats, the lowest byte first, as OpenAI sends them. */
function base64Of(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [at, value] of vector.entries()) bytes.writeFloatLE(value, at * 4)
  return bytes.toString('base64')
}
