import type { FileHandle } from 'node:fs/promises'
import type { DomainError } from '../../../platform/domain-error.ts'
import { ggufFault } from './gguf-fault.ts'

/** Read at a time. Between two reads other work goes on, so a long header holds nobody up. */
const chunkBytes = 256 * 1024

/** No header is this long; beyond it a file only pretends to be one. */
const mostBytes = 128 * 1024 * 1024

/**
 * Reads a file from its beginning to as far as it is asked, piece by piece. Nothing is allocated for
 * what a file merely declares: lengths are held against the file's size first, and what is skipped
 * is not read. Every method throws DomainError `unexpected_eof` beyond the file's end.
 */
export class HeaderReader {
  readonly #file: FileHandle
  readonly #sizeBytes: number
  #isLittle = true
  #view = new DataView(new ArrayBuffer(0))
  /** Where the view begins in the file. */
  #base = 0
  /** The next byte, counted from the view's beginning. */
  #next = 0

  constructor(file: FileHandle, sizeBytes: number) {
    this.#file = file
    this.#sizeBytes = sizeBytes
  }

  /** Where the next byte stands in the file. */
  get position(): number {
    return this.#base + this.#next
  }

  setByteOrder(order: 'little' | 'big'): void {
    this.#isLittle = order === 'little'
  }

  /** Goes to a place in the file that was seen before. */
  moveTo(position: number): void {
    this.#view = new DataView(new ArrayBuffer(0))
    this.#base = position
    this.#next = 0
  }

  async bytes(count: number): Promise<Uint8Array> {
    await this.#need(count)
    const bytes = new Uint8Array(this.#view.buffer, this.#view.byteOffset + this.#next, count)
    this.#next += count
    return bytes
  }

  async number(kind: NumberKind): Promise<number | bigint> {
    const { byteLength, read } = numberKinds[kind]
    if (this.#ahead < byteLength) await this.#need(byteLength)
    const value = read(this.#view, this.#next, this.#isLittle)
    this.#next += byteLength
    return value
  }

  /** A count or length: beyond 2^53 it is beyond the file, too. */
  async count(kind: 'u32' | 'u64'): Promise<number> {
    return Number(await this.number(kind))
  }

  /** Text with its length in front; undefined, and passed over, when it is longer than allowed. */
  async text(maxBytes: number): Promise<string | undefined> {
    const length = await this.count('u64')
    if (length > maxBytes) {
      this.skip(length)
      return undefined
    }
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(await this.bytes(length))
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      throw ggufFault('invalid_string', `Text at ${this.position - length} is not UTF-8`)
    }
  }

  /** Passes over bytes without reading them. */
  skip(count: number): void {
    this.#checkWithin(count)
    this.#next += count
  }

  /** Passes over texts. */
  async skipTexts(count: number): Promise<void> {
    this.#checkWithin(count * 8)
    for (let left = count; left > 0;) {
      await this.#need(8)
      left -= this.#skipReadTexts(left)
    }
  }

  /** Those whose length has been read, in one go: gives how many, one at least. */
  #skipReadTexts(count: number): number {
    let done = 0
    while (done < count && this.#ahead >= 8) {
      const length = Number(this.#view.getBigUint64(this.#next, this.#isLittle))
      this.skip(8 + length)
      done += 1
    }
    return done
  }

  /** Bytes in the view that were not taken yet; negative after a skip beyond it. */
  get #ahead(): number {
    return this.#view.byteLength - this.#next
  }

  #checkWithin(count: number): void {
    if (this.position + count <= Math.min(this.#sizeBytes, mostBytes)) return
    throw tooShort()
  }

  async #need(count: number): Promise<void> {
    if (this.#ahead >= count) return
    this.#checkWithin(count)
    const position = this.position
    const wanted = Math.min(Math.max(count, chunkBytes), this.#sizeBytes - position)
    const buffer = new Uint8Array(wanted)
    let filled = 0
    while (filled < wanted) {
      const { bytesRead } = await this.#file.read(
        buffer,
        filled,
        wanted - filled,
        position + filled,
      )
      if (bytesRead === 0) break
      filled += bytesRead
    }
    if (filled < count) throw tooShort()
    this.#view = new DataView(buffer.buffer, 0, filled)
    this.#base = position
    this.#next = 0
  }
}

function tooShort(): DomainError {
  return ggufFault('unexpected_eof', 'The file ends within its header')
}

interface NumberReading {
  readonly byteLength: number
  read(view: DataView, at: number, isLittle: boolean): number | bigint
}

export const numberKinds = {
  u8: { byteLength: 1, read: (view, at) => view.getUint8(at) },
  i8: { byteLength: 1, read: (view, at) => view.getInt8(at) },
  u16: { byteLength: 2, read: (view, at, isLittle) => view.getUint16(at, isLittle) },
  i16: { byteLength: 2, read: (view, at, isLittle) => view.getInt16(at, isLittle) },
  u32: { byteLength: 4, read: (view, at, isLittle) => view.getUint32(at, isLittle) },
  i32: { byteLength: 4, read: (view, at, isLittle) => view.getInt32(at, isLittle) },
  f32: { byteLength: 4, read: (view, at, isLittle) => view.getFloat32(at, isLittle) },
  u64: { byteLength: 8, read: (view, at, isLittle) => view.getBigUint64(at, isLittle) },
  i64: { byteLength: 8, read: (view, at, isLittle) => view.getBigInt64(at, isLittle) },
  f64: { byteLength: 8, read: (view, at, isLittle) => view.getFloat64(at, isLittle) },
} as const satisfies Readonly<Record<string, NumberReading>>

export type NumberKind = keyof typeof numberKinds
