import { setImmediate as otherTurn } from 'node:timers/promises'
import type { JsonObject } from '../../../platform/json.ts'
import type { Vector } from './vector.ts'

/** Larger pieces are not copied. */
const largeBytes = 32 * 1024
const maxJoinedBytes = 64 * 1024
/** What is copied in one turn of the event loop. */
const turnBytes = 2 * 1024 * 1024

/** A string, or where a list belongs. Long strings have been taken out. */
const stringOrPlace = /"(?:[^"\\]+|\\.)*"|\[(\d+)\]/gu

/**
 * A value as JSON in which `lists[n]` stands wherever the value holds `[n]`. The bytes of the lists
 * go out as they came in; no list of numbers may stand in the value but for these.
 */
export async function spliceVectors(
  value: JsonObject,
  lists: readonly Vector[],
): Promise<readonly Uint8Array[]> {
  const text = JSON.stringify(value)
  const pieces: Uint8Array[] = []
  let from = 0
  for (const match of text.matchAll(stringOrPlace)) {
    const [place, number] = match
    const list = number === undefined ? undefined : lists[Number(number)]
    if (list === undefined) continue
    pieces.push(Buffer.from(text.slice(from, match.index)), ...list.bytes)
    from = match.index + place.length
  }
  pieces.push(Buffer.from(text.slice(from)))
  return joined(pieces)
}

/**
 * Small pieces are put together: each one that is left costs a write. Between some of them others
 * have their turn.
 */
async function joined(pieces: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
  const all: Uint8Array[] = []
  let small: Uint8Array[] = []
  let smallBytes = 0
  let leftBytes = turnBytes
  const join = (): void => {
    if (small.length > 0) all.push(Buffer.concat(small))
    leftBytes -= smallBytes
    small = []
    smallBytes = 0
  }
  for (const piece of pieces) {
    const isLarge = piece.byteLength > largeBytes
    if (isLarge || smallBytes + piece.byteLength > maxJoinedBytes) join()
    if (isLarge) {
      all.push(piece)
      continue
    }
    small.push(piece)
    smallBytes += piece.byteLength
    if (leftBytes > 0) continue
    await otherTurn()
    leftBytes = turnBytes
  }
  join()
  return all
}
