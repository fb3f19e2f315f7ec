import fc from 'fast-check'
import { expect, it } from 'vitest'
import { addToStretches, mergeStretches, pagesOf, stretchesFrom } from './stretches.ts'

const numbers = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 60 })

function toStretches(seqs: readonly number[]): number[] {
  const stretches: number[] = []
  for (const seq of seqs) addToStretches(stretches, seq)
  return stretches
}

function toNumbers(stretches: readonly number[]): number[] {
  return [...pagesOf(stretches, () => 1)].flatMap((page) =>
    page.kind === 'seqs' ? page.seqs : page.from,
  )
}

const distinct = (seqs: readonly number[]) => [...new Set(seqs)].toSorted((a, b) => a - b)

it('merges to an ascending set without losing or adding a number', () => {
  fc.assert(
    fc.property(numbers, fc.nat(70), (seqs, first) => {
      const merged = mergeStretches(toStretches(seqs))
      expect(toNumbers(merged)).toEqual(distinct(seqs))
      expect(toNumbers(stretchesFrom(first, merged))).toEqual(
        distinct(seqs).filter((seq) => seq >= first),
      )
    }),
  )
})

it('pages through every number once, in pages no larger than asked for', () => {
  fc.assert(
    fc.property(
      numbers,
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }),
      (seqs, sizes) => {
        const merged = mergeStretches(toStretches(seqs))
        let turn = 0
        const pages = [...pagesOf(merged, () => sizes[turn++ % sizes.length]!)]
        const seen = pages.flatMap((page) =>
          page.kind === 'seqs'
            ? page.seqs
            : Array.from({ length: page.to - page.from + 1 }, (_, index) => page.from + index),
        )
        expect(seen.toSorted((a, b) => a - b)).toEqual(distinct(seqs))
      },
    ),
  )
})

it('gives a long stretch as ranges and puts short ones together', () => {
  expect([...pagesOf([1, 10, 20, 20, 30, 31], () => 4)]).toEqual([
    { kind: 'range', from: 1, to: 4 },
    { kind: 'range', from: 5, to: 8 },
    { kind: 'seqs', seqs: [9, 10, 20, 30] },
    { kind: 'seqs', seqs: [31] },
  ])
})
