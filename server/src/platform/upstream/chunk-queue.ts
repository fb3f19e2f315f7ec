/** Told when to hold the sender back and when to let it go on. */
export interface Flow {
  readonly pause: () => void
  readonly resume: () => void
  /** The reader has left before the end. */
  readonly cancel: () => void
}

/**
 * A reply's bytes between the socket that brings them and the one reader. Over `highWaterBytes`
 * the socket is paused, so a slow reader costs little memory. A failure reaches the reader after
 * the chunks that came before it. To be read once.
 */
export class ChunkQueue {
  readonly #flow: Flow
  readonly #highWaterBytes: number
  readonly #chunks: Uint8Array[] = []
  #heldBytes = 0
  #isPaused = false
  #ending: { readonly error: Error | null } | null = null
  #isLeft = false
  #waiting: PromiseWithResolvers<IteratorResult<Uint8Array, void>> | null = null

  constructor(flow: Flow, highWaterBytes = 256 * 1024) {
    this.#flow = flow
    this.#highWaterBytes = highWaterBytes
  }

  push(chunk: Uint8Array): void {
    if (this.#ending) return
    if (this.#waiting) {
      this.#waiting.resolve({ done: false, value: chunk })
      this.#waiting = null
      return
    }
    this.#chunks.push(chunk)
    this.#heldBytes += chunk.byteLength
    if (this.#heldBytes > this.#highWaterBytes && !this.#isPaused) {
      this.#isPaused = true
      this.#flow.pause()
    }
  }

  /** The first ending counts. */
  end(error: Error | null): void {
    this.#ending ??= { error }
    this.#waiting?.resolve(this.#last(this.#ending))
    this.#waiting = null
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** For the one reader. Each layer of generators would cost something a chunk, so it is none. */
  read(): AsyncIterableIterator<Uint8Array, void, undefined> {
    const reader: AsyncIterableIterator<Uint8Array, void, undefined> = {
      next: () => this.#next(),
      return: async () => this.#leave(),
      [Symbol.asyncIterator]: () => reader,
    }
    return reader
  }

  async #next(): Promise<IteratorResult<Uint8Array, void>> {
    if (this.#isLeft) return nothingMore
    const chunk = this.#shift()
    if (chunk) return { done: false, value: chunk }
    if (this.#ending) return this.#last(this.#ending)
    this.#waiting = Promise.withResolvers()
    return this.#waiting.promise
  }

  async #last({ error }: { readonly error: Error | null }): Promise<typeof nothingMore> {
    this.#isLeft = true
    if (error) throw error
    return nothingMore
  }

  #leave(): typeof nothingMore {
    if (!this.#isLeft && !this.#ending) this.#flow.cancel()
    this.#isLeft = true
    this.#chunks.length = 0
    return nothingMore
  }

  #shift(): Uint8Array | undefined {
    const chunk = this.#chunks.shift()
    if (!chunk) return undefined
    this.#heldBytes -= chunk.byteLength
    if (this.#isPaused && this.#heldBytes <= this.#highWaterBytes / 2) {
      this.#isPaused = false
      this.#flow.resume()
    }
    return chunk
  }
}

const nothingMore = { done: true, value: undefined } as const
