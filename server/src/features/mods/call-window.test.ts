import { describe, expect, test } from 'vitest'
import { DomainError } from '../../platform/domain-error.ts'
import { CallWindow } from './call-window.ts'

function windowAt(rules: { calls: number; perSeconds: number; callers?: number }) {
  const clock = { now: 1000, elapsedMs: () => clock.now * 1000 }
  const calls = new CallWindow(rules, clock)
  const tryAt = (caller: string, seconds: number): number | 'in' => {
    clock.now = seconds
    try {
      calls.admit(caller)
      return 'in'
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'limit') throw error
      return (error.details as { retryAfterSeconds: number }).retryAfterSeconds
    }
  }
  return { calls, tryAt }
}

describe('CallWindow', () => {
  test('lets so many calls of a caller in and tells the next when to come back', () => {
    const { tryAt } = windowAt({ calls: 2, perSeconds: 60 })
    expect([tryAt('a', 0), tryAt('a', 10), tryAt('a', 20), tryAt('a', 59)]).toEqual([
      'in',
      'in',
      40,
      1,
    ])
    expect(tryAt('b', 59)).toBe('in')
  })

  test('slides: a place is free as soon as the oldest call is that long ago', () => {
    const { tryAt } = windowAt({ calls: 2, perSeconds: 60 })
    for (const [at, outcome] of [
      [0, 'in'],
      [30, 'in'],
      [60, 'in'],
      [61, 29],
      [90, 'in'],
    ] as const) {
      expect(tryAt('a', at), `at ${at}`).toBe(outcome)
    }
  })

  test('does not count a refused call', () => {
    const { tryAt } = windowAt({ calls: 1, perSeconds: 60 })
    expect([tryAt('a', 0), tryAt('a', 30), tryAt('a', 60)]).toEqual(['in', 30, 'in'])
  })

  test('forgets callers whose calls are over, and the longest silent beyond its bound', () => {
    const { calls, tryAt } = windowAt({ calls: 5, perSeconds: 60, callers: 3 })
    for (const [index, caller] of ['a', 'b', 'a', 'c'].entries()) tryAt(caller, index)
    expect(calls.size).toBe(3)
    tryAt('d', 4)
    expect(calls.size).toBe(3)
    tryAt('e', 63.5)
    expect(calls.size).toBe(2)
    tryAt('e', 200)
    expect(calls.size).toBe(1)
  })
})
