import { isUtf8 } from 'node:buffer'
import type { Reader } from 'protobufjs/minimal.js'
import type { ScalarType } from './messages.ts'

/** Bytes in protobuf, and how far they were read. */
export interface ProtobufSource {
  readonly reader: Reader
  readonly buffer: Buffer
}

/** A value as OTLP's JSON form has it. Throws a plain error for bytes that are none. */
export function readScalar(source: ProtobufSource, type: ScalarType): unknown {
  const { reader } = source
  switch (type) {
    case 'string':
      return readText(source)
    case 'id':
      return readBytes(source, 'hex')
    case 'bytes':
      return readBytes(source, 'base64')
    case 'bool':
      return reader.bool()
    case 'uint32':
      return reader.uint32()
    case 'enum':
      return reader.int32()
    case 'double':
      return fromDouble(reader.double())
    case 'fixed64':
      return digitsOf(reader.fixed64())
    case 'int64':
      return fromInt64(reader.int64())
  }
}

/**
 * NOTE: not the reader's own way, which puts short texts together from pieces that each later use
 * has to join again. What is not UTF-8 shows as U+FFFD, and only then the bytes are looked at.
 */
function readText({ reader, buffer }: ProtobufSource): string {
  const size = reader.size()
  const start = reader.pos
  const end = reader.skip(size).pos
  const text = buffer.toString('utf8', start, end)
  if (text.includes('\ufffd') && !isUtf8(buffer.subarray(start, end))) {
    throw new Error('a text is not UTF-8')
  }
  return text
}

function readBytes({ reader, buffer }: ProtobufSource, encoding: 'hex' | 'base64'): string {
  const size = reader.size()
  const start = reader.pos
  return buffer.toString(encoding, start, reader.skip(size).pos)
}

/** The two halves of an integer; the high one is negative if the integer is. */
interface Halves {
  readonly high: number
  readonly low: number
  readonly unsigned: boolean
}

function digitsOf({ high, low, unsigned }: Halves): string {
  return String((BigInt(unsigned ? high >>> 0 : high) << 32n) | BigInt(low >>> 0))
}

function fromInt64(halves: Halves): number | string {
  const number = halves.high * 2 ** 32 + (halves.low >>> 0)
  return Number.isSafeInteger(number) ? number : digitsOf(halves)
}

/** JSON has words for the numbers that it lacks. */
function fromDouble(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}
