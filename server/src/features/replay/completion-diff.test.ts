import fc from 'fast-check'
import { expect, it } from 'vitest'
import { diffCompletions } from './completion-diff.ts'

const joined = (stretches: ReturnType<typeof diffCompletions>, without: string): string =>
  (stretches ?? [])
    .filter(({ kind }) => kind !== without)
    .map(({ text }) => text)
    .join('')

it('gives both texts back from the stretches', () => {
  const words = fc.array(fc.constantFrom('a', 'b', ' ', '\n', 'word', 'é'), { maxLength: 40 })
  fc.assert(
    fc.property(words, words, (first, second) => {
      const [before, after] = [first.join(''), second.join('')]
      const stretches = diffCompletions(before, after)
      expect(joined(stretches, 'added')).toBe(before)
      expect(joined(stretches, 'removed')).toBe(after)
    }),
  )
})

it('gives up on texts that have nothing in common or are too long', () => {
  const many = (word: string) => Array.from({ length: 800 }, (_, at) => word + at).join(' ')
  expect(diffCompletions(many('a'), many('b'))).toBeNull()
  expect(diffCompletions('x'.repeat(50_001), 'x')).toBeNull()
})
