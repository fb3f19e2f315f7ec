import fc from 'fast-check'
import { expect, it } from 'vitest'
import { blocksPerSegment, hashesOf, signSegment, sliceBytes } from './signature.ts'

/** The blocks in which all hashes of a form are set, read straight from the definition. */
function candidateBlocks(bits: Uint8Array, form: string): number[] {
  const hashes = hashesOf(form)
  return Array.from({ length: blocksPerSegment }, (_, block) => block).filter((block) =>
    hashes?.every((hash) => bits[hash * sliceBytes + (block >> 3)]! & (1 << (block & 7))),
  )
}

it('never rules out a block that holds the text', () => {
  const text = fc.string({ unit: 'binary', minLength: 4, maxLength: 80 })
  fc.assert(
    fc.property(
      fc.array(text, { minLength: 1, maxLength: 12 }),
      fc.nat(),
      fc.nat(),
      (texts, a, b) => {
        const spans = texts.map((attributesJson, index) => ({
          seq: index + 1,
          name: 'name',
          // Fills a block, so that each text is alone in its own.
          attributesJson: attributesJson + ' '.repeat(16_384),
        }))
        const { bits, blocks } = signSegment(spans)
        const block = a % texts.length
        const chosen = Array.from(texts[block]!)
        const start = b % (chosen.length - 3)
        const form = chosen.slice(start, start + 4 + (a % 30)).join('')
        const upper = form.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase())
        expect(blocks[block]).toEqual([block + 1, block + 1])
        expect(candidateBlocks(bits, form)).toContain(block)
        expect(candidateBlocks(bits, upper)).toContain(block)
      },
    ),
    { numRuns: 300 },
  )
})

it('rules out most blocks that do not hold the text', () => {
  const spans = Array.from({ length: 100 }, (_, index) => ({
    seq: index + 1,
    name: 'name',
    attributesJson: `span ${index * 7919} says ${'filler '.repeat(2_400)} word${index}end`,
  }))
  const { bits } = signSegment(spans)
  expect(candidateBlocks(bits, 'word42end')).toEqual([42])
  expect(candidateBlocks(bits, 'nowhere to be seen')).toEqual([])
})

it('keeps everything of a segment within its blocks and names each span', () => {
  const spans = Array.from({ length: 300 }, (_, index) => ({
    seq: index * 2,
    name: '',
    attributesJson: 'x'.repeat(16_384),
  }))
  const { blocks } = signSegment(spans)
  expect(blocks).toHaveLength(blocksPerSegment)
  expect(blocks.flat().filter((_, index) => index % 2 === 0)).toEqual(spans.map(({ seq }) => seq))
})

it('looks nothing up for a text of fewer than four characters', () => {
  expect(hashesOf('abc')).toBeUndefined()
  expect(hashesOf('abcd')).toHaveLength(1)
  expect(hashesOf('x'.repeat(500))).toHaveLength(1)
})
