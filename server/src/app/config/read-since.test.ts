import { describe, expect, it } from 'vitest'
import { ConfigError } from './config-error.ts'
import { readSince } from './read-since.ts'

describe('readSince', () => {
  it.each([
    ['7', { daysAgo: 7 }],
    ['0.5', { daysAgo: 0.5 }],
    ['2026-01-31', { from: Date.UTC(2026, 0, 31) / 1000 }],
    ['2026-01-31T06:30:00+01:00', { from: Date.UTC(2026, 0, 31, 5, 30) / 1000 }],
    ['1969-12-31T23:59:59.5Z', { from: -0.5 }],
  ])('reads %s', (text, since) => {
    expect(readSince(text)).toEqual(since)
  })

  it.each(['0', '-3', '1e3', '36501', '', 'yesterday', '2026-02-31', '2026-13-01', '31.01.2026'])(
    'refuses "%s"',
    (text) => {
      expect(() => readSince(text)).toThrow(ConfigError)
    },
  )

  it('refuses a time whose zone is not said', () => {
    expect(() => readSince('2026-01-31T06:30:00')).toThrow(ConfigError)
  })
})
