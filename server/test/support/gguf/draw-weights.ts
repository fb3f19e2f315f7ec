export interface Draw {
  /** Of the tensor: each has its own numbers. */
  readonly name: string
  readonly seed: number
  readonly count: number
  readonly spread: number
}

/** Numbers between `-spread` and `spread`, the same for the same name and seed. */
export function drawWeights({ name, seed, count, spread }: Draw): Float32Array {
  const values = new Float32Array(count)
  if (spread === 0) return values
  let state = hash(name) ^ Math.imul(seed, 0x9e37_79b1) || 1
  for (let index = 0; index < count; index++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    values[index] = (state / 0x8000_0000) * spread
  }
  return values
}

function hash(text: string): number {
  let value = 0x811c_9dc5
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x0100_0193)
  return value
}
