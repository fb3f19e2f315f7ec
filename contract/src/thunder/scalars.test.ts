import { describe, expect, it } from 'vitest'
import { secondsOf, TsIn } from './scalars.ts'

describe('an accepted timestamp', () => {
  it.each([
    ['2026-03-02T09:15:00Z', 1_772_442_900],
    ['2026-03-02t09:15:00z', 1_772_442_900],
    ['2026-03-02 10:15:00.118204+01:00', 1_772_442_900.118204],
    ['1969-12-31T23:59:59.5Z', -0.5],
    ['2016-12-31T23:59:60Z', 1_483_228_800],
    ['0000-01-01T00:00:00Z', -62_167_219_200],
    [1_772_442_900.25, 1_772_442_900.25],
  ])('%s is that many seconds', (value, seconds) => {
    expect(secondsOf(value)).toBe(seconds)
    expect(TsIn.safeParse(value).success).toBe(true)
  })

  it.each([
    'yesterday',
    '2026-03-02T09:15:00',
    '2026-02-30T00:00:00Z',
    '2026-03-02T24:00:00Z',
    '2026-03-02T09:15:00+25:00',
    '2026-03-02',
    true,
  ])('is not %s', (value) => {
    expect(TsIn.safeParse(value).success).toBe(false)
  })
})
