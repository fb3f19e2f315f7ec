import { expect, test } from 'vitest'
import { workedTimeline } from '../../../test/support/fake-hf.ts'
import { differencesOf, trackOf, type DifferenceOrder } from './feature-differences.ts'
import { activationsIn, strengthsOf } from './timeline.ts'

const strengths = (from: number, to: number) =>
  strengthsOf(activationsIn(workedTimeline, { from, to }))

test('a track runs along the positions with the difference to the point before', () => {
  const shuffled = activationsIn(workedTimeline.toReversed(), { featureId: 20 })
  expect(trackOf(shuffled, 10)).toEqual([
    { position: 0, tokenId: 100, value: 2.1, delta: null },
    { position: 2, tokenId: 300, value: 5, delta: 5 - 2.1 },
  ])
  expect(trackOf(activationsIn(workedTimeline), 3).length).toBe(3)
})

test.each<[DifferenceOrder, number[]]>([
  [{ by: 'abs', isDescending: true }, [40, 20, 30, 10]],
  [{ by: 'abs', isDescending: false }, [10, 30, 20, 40]],
  [{ by: 'delta', isDescending: true }, [40, 10, 30, 20]],
  [{ by: 'delta', isDescending: false }, [20, 30, 10, 40]],
  [{ by: 'featureId', isDescending: false }, [10, 20, 30, 40]],
  [{ by: 'featureId', isDescending: true }, [40, 30, 20, 10]],
])('differences come in the order asked for: %j', (order, ids) => {
  const found = differencesOf(strengths(0, 0), strengths(1, 1), order)
  expect(found.map(({ featureId }) => featureId)).toEqual(ids)
})

test('a difference names both sides, 0 where a feature never fired', () => {
  const order = { by: 'featureId', isDescending: false } as const
  const [ten, twenty, , forty] = differencesOf(strengths(0, 0), strengths(1, 1), order)
  expect(ten).toEqual({ featureId: 10, aMax: 3.5, bMax: 4, delta: 0.5, aHits: 1, bHits: 1 })
  expect(twenty).toEqual({ featureId: 20, aMax: 2.1, bMax: 0, delta: -2.1, aHits: 1, bHits: 0 })
  expect(forty).toEqual({ featureId: 40, aMax: 0, bMax: 2.8, delta: 2.8, aHits: 0, bHits: 1 })
})

test('equal differences come by feature id in either order', () => {
  const same = strengths(0, 2)
  for (const isDescending of [true, false]) {
    const found = differencesOf(same, same, { by: 'abs', isDescending })
    expect(found.map(({ featureId }) => featureId)).toEqual([10, 20, 30, 40, 50])
  }
})
