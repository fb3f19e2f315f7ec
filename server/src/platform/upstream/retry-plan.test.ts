import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffMs, isWorthRetrying, retryAfterMs, retryRules, retryWaitMs } from './retry-plan.ts'

const now = Date.parse('Mon, 02 Mar 2026 10:00:00 GMT') / 1000

test.each([
  [408, true],
  [429, true],
  [500, true],
  [502, true],
  [503, true],
  [529, true],
  [400, false],
  [401, false],
  [404, false],
  [200, false],
  [307, false],
  [501, false],
  [508, false],
])('status %i is worth retrying: %s', (status, isWorth) => {
  expect(isWorthRetrying({ status, headers: {} })).toBe(isWorth)
})

test('a gateway that has already asked again is believed', () => {
  const headers = { 'x-should-retry': 'false' }
  expect(isWorthRetrying({ status: 503, headers })).toBe(false)
})

test.each([
  [{ 'retry-after': '3' }, 3000],
  [{ 'retry-after': ' 0.25 ' }, 250],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after': 'Mon, 02 Mar 2026 10:00:07 GMT' }, 7000],
  [{ 'retry-after': 'Mon, 02 Mar 2026 09:00:00 GMT' }, 0],
  [{ 'retry-after': '3', 'retry-after-ms': '120.5' }, 121],
  [{ 'retry-after': '3', 'retry-after-ms': 'soon' }, 3000],
  [{ 'retry-after': 'soon' }, null],
  [{ 'retry-after': '-5' }, null],
  [{ 'retry-after': '2026' }, 2_026_000],
  [{ 'retry-after': '1e3' }, null],
  [{}, null],
])('%j asks for %s ms', (headers, expected) => {
  expect(retryAfterMs(headers, now)).toBe(expected)
})

test('the wait doubles, and chance takes at most half of it away', () => {
  const waits = [1, 2, 3].map((attempt) => [
    backoffMs(attempt, 0, retryRules),
    backoffMs(attempt, 1, retryRules),
  ])
  expect(waits).toEqual([
    [250, 500],
    [500, 1000],
    [1000, 2000],
  ])
})

test('no wait is longer than the longest allowed, whatever is asked for', () => {
  fc.assert(
    fc.property(
      fc.record({
        status: fc.constantFrom(408, 429, 500, 503),
        after: fc.option(fc.oneof(fc.nat(100_000).map(String), fc.string())),
        attempt: fc.integer({ min: 1, max: 5 }),
        random: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      ({ status, after, attempt, random }) => {
        const headers: Record<string, string> = after === null ? {} : { 'retry-after': after }
        const waitMs = retryWaitMs({ status, headers }, { attempt, random, nowSeconds: now })
        if (attempt >= retryRules.attempts) return waitMs === null
        return waitMs === null || (waitMs > 0 && waitMs <= retryRules.longestMs)
      },
    ),
  )
})

test('what the provider asks for is waited, unless it is too long', () => {
  const facts = { attempt: 1, random: 1, nowSeconds: now }
  const wait = (after: string) =>
    retryWaitMs({ status: 429, headers: { 'retry-after': after } }, facts)
  expect(wait('20')).toBe(20_000)
  expect(wait('21')).toBeNull()
  expect(wait('0')).toBe(500)
  expect(wait('later')).toBe(500)
})
