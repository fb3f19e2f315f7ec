import { isUtf8 } from 'node:buffer'
import { InputError } from './input-error.ts'
import { locateJsonFault } from './json-fault.ts'

/** Nesting past this is refused before anything recursive can meet it. */
export const maxJsonDepth = 200

const quote = 0x22
const backslash = 0x5c

/**
 * Whether brackets nest deeper than `limit`. Reads bytes, because that costs a third of the
 * parse while walking the parsed value costs twice the parse. Text that is not JSON may give
 * either answer; the parser refuses it anyway.
 */
function nestsDeeperThan(bytes: Uint8Array, limit: number): boolean {
  let depth = 0
  const end = bytes.length
  for (let at = 0; at < end; at += 1) {
    const byte = bytes[at]
    if (byte === quote) {
      at += 1
      while (at < end && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1
    } else if (byte === 0x7b || byte === 0x5b) {
      depth += 1
      if (depth > limit) return true
    } else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1
    }
  }
  return false
}

function withoutByteOrderMark(bytes: Buffer): Buffer {
  const isMarked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  return isMarked ? bytes.subarray(3) : bytes
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * Parses a JSON text in UTF-8 (a byte order mark is skipped), on whatever thread calls it.
 * Throws InputError `not-json` or `too-deep`. Bytes that are not UTF-8 are refused, since
 * replacing them would store what nobody sent. `NaN` and `Infinity` are not JSON.
 */
export function parseJson(bytes: Uint8Array): unknown {
  const buffer = withoutByteOrderMark(viewOf(bytes))
  if (!isUtf8(buffer)) {
    throw new InputError({ kind: 'not-json', offset: 0, message: 'the body is not UTF-8' })
  }
  if (nestsDeeperThan(buffer, maxJsonDepth)) {
    throw new InputError({ kind: 'too-deep', limit: maxJsonDepth })
  }
  const text = buffer.toString('utf8')
  try {
    return JSON.parse(text)
  } catch {
    const offset = locateJsonFault(text)
    const message = offset >= text.length ? 'Unexpected end of JSON' : 'Unexpected character'
    const isNotFinite = /^-?(?:NaN|Infinity)\b/.test(text.slice(offset, offset + 10))
    const problem = { kind: 'not-json', offset, message } as const
    throw new InputError(isNotFinite ? { ...problem, isNotFinite } : problem)
  }
}

/** `application/json` and `application/*+json`, with any parameters. */
export function isJsonMediaType(contentType: string | undefined): boolean {
  if (contentType === undefined) return false
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return /^application\/(?:json|[^\s/]+\+json)$/.test(mediaType)
}
