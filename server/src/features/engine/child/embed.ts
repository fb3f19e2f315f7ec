import { setImmediate as otherTurn } from 'node:timers/promises'
import type { LlamaEmbeddingContext, LlamaModel, Token } from 'node-llama-cpp'
import { asTokens } from './as-tokens.ts'
import { refuseLong, tooLong } from './encode-prompt.ts'
import { badField, RefusedError } from './refusal.ts'
import { isLong } from './rough-length.ts'
import type { Vocabulary } from './vocabulary.ts'

export interface EmbedderOptions {
  readonly model: LlamaModel
  readonly vocabulary: Vocabulary
  readonly contextSize: number
  readonly threads: number
}

export interface Embedded {
  readonly vectors: readonly Float32Array[]
  readonly promptTokens: number
}

/** Room for most sentences. */
const usualSize = 512
/** At most: a beginning and an end. */
const addedTokens = 2

/**
 * Turns texts into vectors of length one. The context for it is made when first needed and made
 * anew for a longer text, since it must read a whole text at once and so pays for its size.
 */
export class Embedder {
  readonly #options: EmbedderOptions
  #context: LlamaEmbeddingContext | undefined
  #size = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: EmbedderOptions) {
    this.#options = options
  }

  /** Throws RefusedError; undefined where the signal came first. */
  async embed(
    inputs: readonly (string | readonly number[])[],
    signal: AbortSignal,
  ): Promise<Embedded | undefined> {
    const all: (readonly Token[])[] = []
    for (const input of inputs) {
      all.push(await this.#tokensOf(input, signal))
      if (signal.aborted) return undefined
    }
    const turn = this.#last.then(() => this.#embedAll(all, signal))
    this.#last = turn.catch(() => undefined)
    return turn
  }

  async #embedAll(
    all: readonly (readonly Token[])[],
    signal: AbortSignal,
  ): Promise<Embedded | undefined> {
    const longest = all.reduce((most, tokens) => Math.max(most, tokens.length), 0)
    const context = await this.#contextFor(longest)
    const vectors: Float32Array[] = []
    for (const tokens of all) {
      if (signal.aborted) return undefined
      const { vector } = await context.getEmbeddingFor([...tokens])
      vectors.push(ofLengthOne(vector))
    }
    const counts = all.map((tokens) => context.calculateInputLength([...tokens]))
    return { vectors, promptTokens: counts.reduce((sum, count) => sum + count, 0) }
  }

  /** Without the tokens that the library puts at the beginning and the end where models want them. */
  async #tokensOf(
    input: string | readonly number[],
    signal: AbortSignal,
  ): Promise<readonly Token[]> {
    const { model, vocabulary, contextSize } = this.#options
    await otherTurn()
    if (typeof input === 'string' && isLong(input)) {
      await refuseLong(input, { model, contextSize, param: 'input', signal })
      if (signal.aborted) return []
    }
    const tokens = typeof input === 'string' ? model.tokenize(input) : given(input, vocabulary)
    if (tokens.length === 0) throw badField('input', 'input: there is nothing to embed')
    if (tokens.length + addedTokens < contextSize) return tokens
    throw tooLong(tokens.length, contextSize, 'input')
  }

  async #contextFor(tokens: number): Promise<LlamaEmbeddingContext> {
    const needed = tokens + addedTokens + 1
    if (this.#context && needed <= this.#size) return this.#context
    const { model, contextSize, threads } = this.#options
    await this.#context?.dispose()
    this.#context = undefined
    const size = Math.min(contextSize, Math.max(usualSize, 2 ** Math.ceil(Math.log2(needed))))
    try {
      this.#context = await model.createEmbeddingContext({
        contextSize: size,
        batchSize: size,
        threads,
      })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const message = `This model makes no embeddings: ${reason}`
      throw new RefusedError({ status: 500, code: 'server_error-startup_error', message })
    }
    this.#size = size
    return this.#context
  }
}

function given(ids: readonly number[], vocabulary: Vocabulary): Token[] {
  const wrong = ids.find((id) => !vocabulary.isToken(id))
  if (wrong !== undefined) throw badField('input', `input: ${wrong} is no token of this model`)
  return asTokens(ids)
}

function ofLengthOne(vector: readonly number[]): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
  return Float32Array.from(vector, (value) => (length === 0 ? 0 : value / length))
}
