import { describe, expect, it } from 'vitest'
import { toName, withName, withoutName } from './plan-names.ts'

describe('Names of a log', () => {
  it('are trimmed, and blank ones refused', () => {
    expect(toName('  gold\t', 'name')).toBe('gold')
    expect(toName('a\0b', 'tag')).toBe('a\ufffdb')
    expect(() => toName(' \n', 'tag')).toThrow(expect.objectContaining({ code: 'invalid' }))
  })

  it('are unique by case and keep the order of their adding', () => {
    const names = ['b', 'a', 'B', 'a'].reduce<readonly string[]>(withName, [])
    expect(names).toEqual(['b', 'a', 'B'])
    expect(withoutName(names, 'a')).toEqual(['b', 'B'])
    expect(withoutName(names, 'c')).toEqual(names)
  })

  it('do not grow without end', () => {
    const long = 'x'.repeat(65_000)
    expect(withName([], long)).toEqual([long])
    expect(() => withName([long], 'y'.repeat(1000))).toThrow(
      expect.objectContaining({ code: 'invalid' }),
    )
  })
})
