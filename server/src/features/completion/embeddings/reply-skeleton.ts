import { listState, numberListTable } from './number-list.ts'
import { base64Vector, type Vector } from './vector.ts'

/**
 * A JSON text taken apart: in `text` each list of nothing but numbers and each long string stands as `[n]`, the
 * n-th of `vectors`. Nothing else can stand there so, since every such list is taken out. Whether the
 * text is JSON is seen where it is parsed.
 */
export interface Skeleton {
  readonly text: string
  readonly vectors: readonly Vector[]
}

export type SkeletonReading =
  | ({ readonly isJson: true } & Skeleton)
  | { readonly isJson: false; readonly fault: string }

/** Shorter strings stay where they are. */
const longStringBytes = 1024
/** What is left without vectors is little, and parsed in one go. */
const maxTextBytes = 16 * 1024 * 1024

const quote = 0x22
const backslash = 0x5c
const opening = 0x5b
const colon = 0x3a
const minus = 0x2d

/**
 * Takes a reply apart while it comes, so that no part of a large one is ever waited for: the scan
 * looks at each byte hardly more than once, and numbers are checked but not read.
 */
export class SkeletonScan {
  readonly #table = numberListTable()
  readonly #texts: Uint8Array[] = []
  readonly #vectors: Vector[] = []
  /** What began in earlier chunks and is not over. */
  #held: Uint8Array[] = []
  #mode: 'plain' | 'opened' | 'numbers' | 'string' | 'long-string' = 'plain'
  #state: number = listState.start
  #commas = 0
  #isEscaped = false
  #textBytes = 0
  #fault: string | null = null

  feed(chunk: Uint8Array): void {
    if (this.#fault !== null) return
    // Where what is neither kept nor held yet begins.
    let from = 0
    let at = 0
    while (at < chunk.length && this.#fault === null) {
      switch (this.#mode) {
        case 'plain': {
          at = this.#skipPlain(chunk, at)
          if (at === chunk.length) break
          const end = this.#endOfShortString(chunk, at)
          if (end !== null) {
            at = end
            break
          }
          this.#keep(chunk.subarray(from, at))
          from = at
          this.#mode = chunk[at] === quote ? 'string' : 'opened'
          at += 1
          break
        }
        case 'opened':
          at = skipBlank(chunk, at)
          if (at < chunk.length) this.#beginList(chunk[at])
          break
        case 'numbers': {
          at = this.#skipNumbers(chunk, at)
          if (this.#state === listState.fault) this.#leaveList()
          if (this.#state !== listState.end) break
          this.#takeNumbers(chunk.subarray(from, at))
          from = at
          break
        }
        case 'string': {
          const end = this.#endOfString(chunk, at)
          at = end ?? chunk.length
          if (end === null) break
          this.#held.push(chunk.subarray(from, at))
          from = at
          this.#endString()
          break
        }
        case 'long-string':
          at = skipBlank(chunk, at)
          if (at < chunk.length) this.#placeString(chunk[at] === colon)
      }
    }
    this.#hold(chunk.subarray(from))
  }

  /** When all has come. */
  end(): SkeletonReading {
    if (this.#mode === 'long-string') this.#placeString(false)
    this.#flush()
    const fault = this.#fault ?? (this.#mode === 'plain' ? null : 'not JSON')
    if (fault !== null) return { isJson: false, fault }
    const text = new TextDecoder().decode(Buffer.concat(this.#texts))
    return { isJson: true, text, vectors: this.#vectors }
  }

  #skipPlain(chunk: Uint8Array, start: number): number {
    let at = start
    while (at < chunk.length && chunk[at] !== quote && chunk[at] !== opening) at += 1
    return at
  }

  #beginList(byte: number | undefined): void {
    if (byte === undefined || !(byte === minus || isDigit(byte))) {
      this.#leaveList()
      return
    }
    this.#mode = 'numbers'
    this.#state = listState.start
    this.#commas = 0
  }

  /** Up to the end of the list or of the chunk. */
  #skipNumbers(chunk: Uint8Array, start: number): number {
    const table = this.#table
    let state = this.#state
    let commas = this.#commas
    let at = start
    while (at < chunk.length && state < listState.end) {
      state = table[(state << 8) | (chunk[at] ?? 0)] ?? listState.fault
      if (state === listState.start) commas += 1
      at += 1
    }
    this.#state = state
    this.#commas = commas
    // What is no number may be the beginning of something else.
    return state === listState.fault ? at - 1 : at
  }

  /** It holds something else, too: whoever parses the rest sees what. */
  #leaveList(): void {
    this.#mode = 'plain'
    this.#flush()
  }

  #takeNumbers(last: Uint8Array): void {
    const bytes = [...this.#held, last]
    this.#held = []
    this.#mode = 'plain'
    this.#place({ form: 'float', bytes, dimensions: this.#commas + 1 })
  }

  /** After the quote that ends it; null where no string is, or one that is long or cut. */
  #endOfShortString(chunk: Uint8Array, start: number): number | null {
    if (chunk[start] !== quote) return null
    const end = this.#endOfString(chunk, start + 1)
    this.#isEscaped = false
    return end !== null && end - start < longStringBytes ? end : null
  }

  /** After the quote that ends it; null where that is not in this chunk. */
  #endOfString(chunk: Uint8Array, start: number): number | null {
    let at = start
    for (;;) {
      const end = chunk.indexOf(quote, at)
      const isEscaped = this.#endsEscaped(chunk, at, end < 0 ? chunk.length : end)
      if (end < 0) {
        this.#isEscaped = isEscaped
        return null
      }
      this.#isEscaped = false
      if (!isEscaped) return end + 1
      at = end + 1
    }
  }

  /** Whether what follows `end` is escaped by what stands from `start` on. */
  #endsEscaped(chunk: Uint8Array, start: number, end: number): boolean {
    let first = end
    while (first > start && chunk[first - 1] === backslash) first -= 1
    const isOdd = (end - first) % 2 === 1
    // All of it are backslashes, and the one before them escapes the first.
    return first === start && this.#isEscaped ? !isOdd : isOdd
  }

  /** The colon after a key may be in the next chunk. */
  #endString(): void {
    const sizeBytes = this.#held.reduce((sum, { byteLength }) => sum + byteLength, 0)
    this.#mode = sizeBytes < longStringBytes ? 'plain' : 'long-string'
    if (this.#mode === 'plain') this.#flush()
  }

  #placeString(isKey: boolean): void {
    this.#mode = 'plain'
    if (isKey) {
      this.#flush()
      return
    }
    const bytes = this.#held
    this.#held = []
    this.#place(base64Vector(bytes))
  }

  #place(vector: Vector): void {
    this.#vectors.push(vector)
    this.#keep(Buffer.from(`[${this.#vectors.length - 1}]`))
  }

  #hold(rest: Uint8Array): void {
    if (rest.byteLength === 0) return
    if (this.#mode === 'plain') this.#keep(rest)
    else if (this.#mode !== 'long-string') this.#held.push(rest)
  }

  #flush(): void {
    for (const piece of this.#held) this.#keep(piece)
    this.#held = []
  }

  #keep(piece: Uint8Array): void {
    this.#textBytes += piece.byteLength
    if (this.#textBytes > maxTextBytes) this.#fault ??= 'more than vectors'
    else this.#texts.push(piece)
  }
}

function skipBlank(chunk: Uint8Array, start: number): number {
  let at = start
  while (at < chunk.length && isBlank(chunk[at])) at += 1
  return at
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}
