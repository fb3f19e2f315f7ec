import { describe, expect, it } from 'vitest'
import { keepAliveSeconds } from './keep-alive.ts'

describe('How long a model is kept', () => {
  it.each([
    [null, null],
    [0, 0],
    [90, 90],
    [-1, -1],
    ['0', 0],
    ['0s', 0],
    ['300', 300],
    ['5m', 300],
    ['1h30m', 5400],
    ['1.5s', 1.5],
    ['500ms', 0.5],
    ['-1m', -1],
    ['-1', -1],
    [' 2s ', 2],
  ])('%j are %j seconds', (said, seconds) => {
    expect(keepAliveSeconds(said)).toBe(seconds)
  })

  it.each(['', 'soon', '5 minutes', '5m5', 'm', '1d', '--1s'])('is not %j', (said) => {
    expect(() => keepAliveSeconds(said)).toThrow(/keep_alive/)
  })
})
