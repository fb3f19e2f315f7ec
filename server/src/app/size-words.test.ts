import { expect, it } from 'vitest'
import { sizeWords, timeWords } from './size-words.ts'

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [105_454_432, '105 MB'],
  [4_321_000_000, '4.3 GB'],
  [999_600_000, '1.0 GB'],
  [2e15, '2000 TB'],
])('says %d bytes as %s', (bytes, words) => {
  expect(sizeWords(bytes)).toBe(words)
})

it.each([
  [0, '0:00'],
  [0.2, '0:01'],
  [59.5, '1:00'],
  [125, '2:05'],
  [3600, '1:00:00'],
  [3723, '1:02:03'],
])('says %d seconds as %s', (seconds, words) => {
  expect(timeWords(seconds)).toBe(words)
})
