import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exactNanos, nanosOfSeconds, restOfNanos, secondsOfNanos } from './times.ts'

test.each([
  ['1700000000123456789', Number('1700000000.123456789')],
  ['1700000000000000000', 1700000000],
  ['1', 1e-9],
  ['0', 0],
  ['-1500000000', -1.5],
  ['18446744073709551615', Number('18446744073.709551615')],
  ['1.5e9', 1.5],
  [2_500_000_000, 2.5],
])('%j nanoseconds are %d seconds', (nanos, seconds) => {
  expect(secondsOfNanos(nanos)).toBe(seconds)
})

test.each([['soon'], [''], [' '], ['9'.repeat(400)], [true], [null], [{}], [[1]], [Infinity]])(
  '%j is no time',
  (nanos) => {
    expect(secondsOfNanos(nanos)).toBeUndefined()
  },
)

test.each([
  [1700000000.123456, '1700000000123456000'],
  [1700000000, '1700000000000000000'],
  [1700000000.1, '1700000000100000000'],
  [0, '0'],
  [-0, '0'],
  [1e-9, '1'],
  [1e-12, '0'],
  [-1e-12, '0'],
  [0.1234567894, '123456789'],
  [-1.5, '-1500000000'],
  [-0.5, '-500000000'],
  [1e21, '1000000000000000000000000000000'],
])('%d seconds are %s nanoseconds', (seconds, nanos) => {
  expect(nanosOfSeconds(seconds)).toBe(nanos)
})

test('a time of this century comes back as the very same double', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e9, max: 4e9, noNaN: true }), (seconds) => {
      expect(secondsOfNanos(nanosOfSeconds(seconds))).toBe(seconds)
    }),
  )
})

test('any finite time has a text of digits', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (seconds) => {
      expect(nanosOfSeconds(seconds)).toMatch(/^-?\d+$/)
    }),
  )
})

test('any time of 64 bits in digits is told again to the nanosecond', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (nanos) => {
      const seconds = secondsOfNanos(String(nanos)) ?? NaN
      const rest = restOfNanos(String(nanos), seconds)
      expect(Math.abs(rest ?? 0)).toBeLessThan(5000)
      expect(exactNanos(seconds, rest)).toBe(String(nanos))
    }),
  )
})

test.each([
  ['1700000000123456789', 89],
  ['1700000000123456000', null],
  [1.7e18, null],
  ['1.5e9', null],
  [undefined, null],
])('%j has a rest of %j', (nanos, rest) => {
  expect(restOfNanos(nanos, secondsOfNanos(nanos ?? 0) ?? NaN)).toBe(rest)
})
