/**
 * Many draws out of one: each call gives another number from 0 up to 1, always the same ones for
 * the same start. Good enough to share work out; not for secrets. Source: Steele, Lea and Flood,
 * "Fast splittable pseudorandom number generators" (2014), in its 32-bit form.
 */
export function drawsFrom(random: number): () => number {
  let state = Math.floor(random * 2 ** 32) >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
}
