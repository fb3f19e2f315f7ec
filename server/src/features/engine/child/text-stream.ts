/**
 * Joins the pieces of tokens to text that may be shown: whole characters, and nothing that belongs
 * to, or may still become, a stop sequence. What it gave, joined, is the text of all its tokens.
 */
export class TextStream {
  readonly #stops: readonly string[]
  readonly #longest: number
  /** Bytes of a character that is not complete. */
  #bytes: Uint8Array | null = null
  /** Text that may be the beginning of a stop sequence. */
  #held = ''
  #stoppedBy: string | null = null

  constructor(stops: readonly string[]) {
    this.#stops = stops
    this.#longest = stops.reduce((most, stop) => Math.max(most, stop.length), 0)
  }

  /** The stop sequence that was met; nothing comes after it. */
  get stoppedBy(): string | null {
    return this.#stoppedBy
  }

  /** Takes a token's text, or its bytes where they are no whole characters. */
  push(piece: string | Uint8Array): string {
    if (this.#bytes === null && typeof piece === 'string') {
      return this.#longest === 0 ? piece : this.#sieve(piece)
    }
    return this.#sieve(this.#decode(piece))
  }

  /** What was held back and is text after all; an incomplete character is shown as U+FFFD. */
  end(): string {
    if (this.#stoppedBy !== null) return ''
    const rest = this.#bytes === null ? '' : decoded(this.#bytes)
    this.#bytes = null
    const shown = this.#sieve(rest)
    const held = this.#held
    this.#held = ''
    return this.#stoppedBy === null ? shown + held : shown
  }

  #decode(piece: string | Uint8Array): string {
    const added = typeof piece === 'string' ? Buffer.from(piece) : piece
    const bytes = this.#bytes === null ? added : Buffer.concat([this.#bytes, added])
    const whole = bytes.length - incompleteLength(bytes)
    this.#bytes = whole === bytes.length ? null : bytes.subarray(whole)
    return decoded(bytes.subarray(0, whole))
  }

  #sieve(text: string): string {
    if (this.#longest === 0) return text
    const all = this.#held + text
    const met = this.#firstStop(all)
    if (met !== null) {
      this.#stoppedBy = met.stop
      this.#held = ''
      this.#bytes = null
      return all.slice(0, met.at)
    }
    const shown = all.length - this.#beginningLength(all)
    this.#held = all.slice(shown)
    return all.slice(0, shown)
  }

  #firstStop(text: string): { readonly stop: string; readonly at: number } | null {
    let first: { readonly stop: string; readonly at: number } | null = null
    for (const stop of this.#stops) {
      const at = text.indexOf(stop)
      if (at !== -1 && (first === null || at < first.at)) first = { stop, at }
    }
    return first
  }

  /** Of the longest end of the text that begins a stop sequence. */
  #beginningLength(text: string): number {
    const most = Math.min(text.length, this.#longest - 1)
    for (let length = most; length > 0; length--) {
      const end = text.slice(text.length - length)
      if (this.#stops.some((stop) => stop.startsWith(end))) return length
    }
    return 0
  }
}

function decoded(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

/** How many bytes at the end are a character that more bytes can complete. */
export function incompleteLength(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return back < characterLength(byte) && isBegun(bytes, back) ? back : 0
  }
  return 0
}

function characterLength(first: number): number {
  if (first >= 0xc2 && first <= 0xdf) return 2
  if (first >= 0xe0 && first <= 0xef) return 3
  return first >= 0xf0 && first <= 0xf4 ? 4 : 0
}

/** The second byte of some characters has a narrower range; outside of it they can never be. */
function isBegun(bytes: Uint8Array, back: number): boolean {
  if (back === 1) return true
  const first = bytes[bytes.length - back] ?? 0
  const second = bytes[bytes.length - back + 1] ?? 0
  if (first === 0xe0) return second >= 0xa0
  if (first === 0xed) return second <= 0x9f
  if (first === 0xf0) return second >= 0x90
  return first !== 0xf4 || second <= 0x8f
}
