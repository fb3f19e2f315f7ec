import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { mapInFlight } from './in-flight.ts'

describe('Work on many items at once', () => {
  test('keeps to its limit, takes each item once and gives results in order', async () => {
    let underWay = 0
    let most = 0
    const taken: number[] = []
    const items = Array.from({ length: 20 }, (_, index) => index)
    const results = await mapInFlight(items, 3, async (item) => {
      taken.push(item)
      underWay += 1
      most = Math.max(most, underWay)
      // Later items end sooner than earlier ones.
      for (let left = 20 - item; left > 0; left -= 1) await turn()
      underWay -= 1
      return item * 2
    })
    expect(results).toEqual(items.map((item) => item * 2))
    expect(taken.toSorted((a, b) => a - b)).toEqual(items)
    expect(most).toBe(3)
  })

  test('does nothing for nothing', async () => {
    expect(await mapInFlight([], 3, () => Promise.reject(new Error('asked')))).toEqual([])
  })

  test('fails as the work fails', async () => {
    const failing = mapInFlight([1, 2], 1, (item) => Promise.reject(new Error(`no ${item}`)))
    await expect(failing).rejects.toThrow('no 1')
  })
})
