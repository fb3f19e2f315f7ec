import { expect, it } from 'vitest'
import { nextCron, parseCron } from './cron.ts'

const next = (cron: string, after: string) => {
  const at = nextCron(parseCron(cron), Date.parse(after) / 1000)
  return at === null ? null : new Date(at * 1000).toISOString()
}

it.each([
  ['* * * * *', '2026-01-31T23:59:59.999Z', '2026-02-01T00:00:00.000Z'],
  ['* * * * *', '2026-01-31T10:00:00Z', '2026-01-31T10:01:00.000Z'],
  ['*/15 * * * *', '2026-01-01T10:15:00Z', '2026-01-01T10:30:00.000Z'],
  ['5/20 * * * *', '2026-01-01T10:46:00Z', '2026-01-01T11:05:00.000Z'],
  ['30 3 * * 1-5', '2026-01-02T03:30:00Z', '2026-01-05T03:30:00.000Z'],
  ['0 0 * * 7', '2026-01-01T00:00:00Z', '2026-01-04T00:00:00.000Z'],
  ['0 0 * * 0', '2026-01-01T00:00:00Z', '2026-01-04T00:00:00.000Z'],
  ['0 12 1,15 * *', '2026-01-01T12:00:00Z', '2026-01-15T12:00:00.000Z'],
  // Limits on both kinds of day: either is enough.
  ['0 0 13 * 5', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00.000Z'],
  ['0 0 29 2 *', '2096-03-01T00:00:00Z', '2104-02-29T00:00:00.000Z'],
  ['59 23 31 12 *', '2026-12-31T23:59:00Z', '2027-12-31T23:59:00.000Z'],
])('%s after %s comes at %s', (cron, after, at) => {
  expect(next(cron, after)).toBe(at)
})

it('knows a day that never comes', () => {
  expect(next('0 0 31 2 *', '2026-01-01T00:00:00Z')).toBeNull()
})

it.each(['', '* * * *', '* * * * * *', '60 * * * *', '* 24 * * *', '* * 0 * *', '* * * 13 *'])(
  'refuses %j',
  (cron) => expect(() => parseCron(cron)).toThrow('Cannot read'),
)

it.each(['* * * * 8', '5-1 * * * *', '*/0 * * * *', 'a * * * *', '1,, * * * *', '-1 * * * *'])(
  'refuses %j',
  (cron) => expect(() => parseCron(cron)).toThrow('Cannot read'),
)
