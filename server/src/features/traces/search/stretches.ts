/**
 * Stretches are a set of sequence numbers as pairs of bounds, both inclusive:
 * from, to, from, to …
 */
export function addToStretches(stretches: number[], seq: number): void {
  const end = stretches.length - 1
  if (stretches[end] === seq - 1) stretches[end] = seq
  else stretches.push(seq, seq)
}

/** The same set with ascending stretches that neither overlap nor touch. */
export function mergeStretches(stretches: readonly number[]): number[] {
  const pairs: [number, number][] = []
  for (let index = 0; index < stretches.length; index += 2) {
    pairs.push([Number(stretches[index]), Number(stretches[index + 1])])
  }
  pairs.sort(([left], [right]) => left - right)
  const merged: number[] = []
  for (const [from, to] of pairs) {
    const end = merged.at(-1)
    if (end !== undefined && from <= end + 1) merged[merged.length - 1] = Math.max(end, to)
    else merged.push(from, to)
  }
  return merged
}

/** The part of the set from a number on; the stretches are ascending. */
export function stretchesFrom(first: number, stretches: readonly number[]): number[] {
  const kept: number[] = []
  for (let index = 0; index < stretches.length; index += 2) {
    const to = Number(stretches[index + 1])
    if (to >= first) kept.push(Math.max(first, Number(stretches[index])), to)
  }
  return kept
}

/** The next numbers to look at: all of one stretch, or single ones out of many. */
export type StretchPage =
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  | { readonly kind: 'seqs'; readonly seqs: readonly number[] }

/**
 * Takes numbers in pages of at most `sizeOf()`. A stretch that fills a page is given as a range,
 * short ones are put together.
 */
export function* pagesOf(
  stretches: readonly number[],
  sizeOf: () => number,
): Generator<StretchPage, void, undefined> {
  let seqs: number[] = []
  for (let index = 0; index < stretches.length; index += 2) {
    const to = Number(stretches[index + 1])
    let from = Number(stretches[index])
    while (from <= to) {
      const room = sizeOf() - seqs.length
      if (seqs.length === 0 && to - from + 1 >= room) {
        yield { kind: 'range', from, to: from + room - 1 }
        from += room
        continue
      }
      const end = Math.min(to, from + Math.max(room, 1) - 1)
      for (let seq = from; seq <= end; seq++) seqs.push(seq)
      from = end + 1
      if (seqs.length < sizeOf()) continue
      yield { kind: 'seqs', seqs }
      seqs = []
    }
  }
  if (seqs.length > 0) yield { kind: 'seqs', seqs }
}
