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
  #wake = Promise.withResolvers<void>()

  constructor(flow: Flow, highWaterBytes = 256 * 1024) {
    this.#flow = flow
    this.#highWaterBytes = highWaterBytes
  }

  push(chunk: Uint8Array): void {
    if (this.#ending) return
    this.#chunks.push(chunk)
    this.#heldBytes += chunk.byteLength
    if (this.#heldBytes > this.#highWaterBytes && !this.#isPaused) {
      this.#isPaused = true
      this.#flow.pause()
    }
    this.#wake.resolve()
  }

  /** The first ending counts. */
  end(error: Error | null): void {
    this.#ending ??= { error }
    this.#wake.resolve()
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        const chunk = this.#shift()
        if (chunk) yield chunk
        else if (this.#ending?.error) throw this.#ending.error
        else if (this.#ending) return
        else await this.#more()
      }
    } finally {
      if (!this.#ending) this.#flow.cancel()
      this.#chunks.length = 0
    }
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

  async #more(): Promise<void> {
    this.#wake = Promise.withResolvers()
    await this.#wake.promise
  }
}
