import { withoutSecret } from '../../platform/upstream/without-secret.ts'

/** Enough to see what a provider did; a trace is no place for more. */
const maxReceivedBytes = 64 * 1024

/** The bytes that came from a provider, kept up to a bound. */
export class Received {
  readonly #secret: string | null
  readonly #chunks: Uint8Array[] = []
  #room = maxReceivedBytes

  constructor(secret: string | null) {
    this.#secret = secret
  }

  add(chunk: Uint8Array): void {
    if (this.#room <= 0) return
    const kept = chunk.subarray(0, this.#room)
    this.#chunks.push(kept)
    this.#room -= kept.byteLength
  }

  /** Without the key, which a provider may quote; null when nothing came. */
  get text(): string | null {
    if (this.#chunks.length === 0) return null
    // As a stream, so that a character cut in two at the bound is left out.
    const text = new TextDecoder().decode(Buffer.concat(this.#chunks), { stream: true })
    return withoutSecret(text, this.#secret)
  }
}
