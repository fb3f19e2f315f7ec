import { describe, expect, it } from 'vitest'
import { seedOf } from './sampler-options.ts'

describe('seedOf', () => {
  it('keeps 32-bit seeds and folds all others into them', () => {
    expect(seedOf(42)).toBe(42)
    expect(seedOf(2 ** 32 + 5)).toBe(5)
    expect(seedOf(-2)).toBe(2 ** 32 - 2)
  })

  it('never gives the number that means any seed', () => {
    expect(seedOf(2 ** 32 - 1)).toBe(seedOf(-1))
    expect(seedOf(-1)).toBeLessThan(2 ** 32 - 1)
  })

  it('differs from call to call where none is given', () => {
    const seeds = new Set(Array.from({ length: 20 }, () => seedOf(null)))
    expect(seeds.size).toBeGreaterThan(15)
  })
})
