import { expect, it } from 'vitest'
import { toRfc3339 } from './rfc3339.ts'

it('writes no fraction for whole seconds, else three or six digits', () => {
  expect(toRfc3339(1_772_442_900)).toBe('2026-03-02T09:15:00Z')
  expect(toRfc3339(1_772_442_900.25)).toBe('2026-03-02T09:15:00.250Z')
  expect(toRfc3339(1_772_442_900.118204)).toBe('2026-03-02T09:15:00.118204Z')
  expect(toRfc3339(-0.5)).toBe('1969-12-31T23:59:59.500Z')
})

it('brings a time that no year of four digits holds to the nearest one', () => {
  expect(toRfc3339(1e300)).toBe('9999-12-31T23:59:59Z')
  expect(toRfc3339(-1e300)).toBe('0000-01-01T00:00:00Z')
})
