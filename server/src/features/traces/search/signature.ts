import { addToStretches } from './stretches.ts'

/**
 * The index in numbers. The UTF-8 text of consecutive spans is cut into blocks of about 16 KiB. A
 * block's signature is a set of 32,768 bits: each run of four bytes, folded, sets one of them.
 * 128 blocks make a segment, and a segment is kept by bit instead of by block (a slice of 128
 * bits for each of the 32,768), so that a query reads only the slices of its own runs. A block
 * whose slices all have its bit may hold the query and is read; any other cannot.
 */
const runLength = 4
const blockBytes = 16_384
export const blocksPerSegment = 128
/** Text that fills a segment. */
export const segmentBytes = blocksPerSegment * blockBytes
export const sliceBytes = blocksPerSegment / 8
const hashBits = 15
const hashCount = 2 ** hashBits

/** Beyond this many runs a longer query only reads more slices without ruling out more blocks. */
const maxHashes = 24

export interface SignedText {
  readonly seq: number
  readonly name: string
  readonly attributesJson: string
}

export interface SignedSegment {
  /** `sliceBytes` for each hash, in the order of hashes. */
  readonly bits: Uint8Array<ArrayBuffer>
  /** For each block the stretches of sequence numbers in it: from, to, from, to … */
  readonly blocks: readonly (readonly number[])[]
}

/** Signs texts in their order. What is beyond the last block's share goes into the last block. */
export function signSegment(texts: readonly SignedText[]): SignedSegment {
  // Eight blocks share a plane, a byte for each hash: small enough for the nearest cache.
  const planes = Array.from({ length: sliceBytes }, () => new Uint8Array(hashCount))
  const blocks: number[][] = []
  let room = 0
  // A callback, not a loop: the compiler then takes the inner loop by itself and makes it fast.
  texts.forEach(({ seq, name, attributesJson }) => {
    if (room <= 0 && blocks.length < blocksPerSegment) {
      blocks.push([])
      room = blockBytes
    }
    const block = blocks.length - 1
    addToStretches(blocks[block] ?? [], seq)
    const bytes = Buffer.from(`${name}\n${attributesJson}`)
    const plane = planes[block >>> 3]
    if (plane) markRuns(plane, 1 << (block & 7), bytes)
    room -= bytes.length
  })
  return { bits: interleave(planes), blocks }
}

/** Which slices a form needs, or undefined when it is too short to be looked up. */
export function hashesOf(form: string): number[] | undefined {
  const bytes = Buffer.from(form)
  if (bytes.length < runLength) return undefined
  const hashes = new Set<number>()
  let run = 0
  bytes.forEach((byte, index) => {
    run = nextRun(run, byte)
    if (index >= runLength - 1) hashes.add(hashOf(run))
  })
  return evenly([...hashes], maxHashes)
}

// The hottest loop of indexing. The first runs of a text are shorter and set bits in vain.
function markRuns(plane: Uint8Array, bit: number, bytes: Uint8Array): void {
  let run = 0
  for (let index = 0; index < bytes.length; index++) {
    run = nextRun(run, bytes[index] ?? 0)
    const hash = hashOf(run)
    plane[hash] = (plane[hash] ?? 0) | bit
  }
}

/** Holds the last four bytes, of which bit 5 is set: that folds ASCII case, and more. */
function nextRun(run: number, byte: number): number {
  return (run << 8) ^ (byte | 0x20)
}

function hashOf(run: number): number {
  return Math.imul(run ^ (run >>> 15), 0x9e3779b1) >>> (32 - hashBits)
}

function interleave(planes: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bits = new Uint8Array(hashCount * sliceBytes)
  planes.forEach((plane, offset) => {
    for (let hash = 0; hash < hashCount; hash++) bits[hash * sliceBytes + offset] = plane[hash] ?? 0
  })
  return bits
}

function evenly(values: readonly number[], count: number): number[] {
  if (values.length <= count) return [...values]
  return Array.from({ length: count }, (_, index) =>
    Number(values[Math.floor((index * values.length) / count)]),
  )
}
