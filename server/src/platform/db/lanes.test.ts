import { expect, it } from 'vitest'
import { Lanes } from './lanes.ts'

function lanesOf(most: number) {
  const ready: (() => void)[] = []
  const lanes = new Lanes<number>({
    most,
    open: (number) => number,
    whenReady: () => new Promise<void>((resolve) => ready.push(resolve)),
  })
  return { lanes, ready }
}

/** Work that says which lane it has and ends when it is told to. */
function heldWork(lanes: Lanes<number>) {
  const { promise, resolve: end } = Promise.withResolvers<void>()
  const began = Promise.withResolvers<number>()
  const ended = lanes.take(async (lane) => {
    began.resolve(lane)
    await promise
    return lane
  })
  return { began: began.promise, end, ended }
}

it('opens nothing before there is work, and one for work that comes one after the other', async () => {
  const { lanes } = lanesOf(2)
  expect(lanes.opened).toEqual([])
  expect(await lanes.take(async (lane) => lane)).toBe(1)
  expect(await lanes.take(async (lane) => lane)).toBe(1)
  expect(lanes.opened).toEqual([1])
})

it('opens another when all are taken, and waits for whichever is free first', async () => {
  const { lanes, ready } = lanesOf(2)
  const first = heldWork(lanes)
  await first.began
  const second = heldWork(lanes)
  expect(lanes.opened).toEqual([1, 2])
  first.end()
  expect(await second.began).toBe(1)
  ready[0]?.()
  expect(await lanes.take(async (lane) => lane)).toBe(2)
  second.end()
  expect(await second.ended).toBe(1)
})

it('opens no more than it may, and keeps the order of asking', async () => {
  const { lanes, ready } = lanesOf(2)
  const works = [heldWork(lanes), heldWork(lanes), heldWork(lanes), heldWork(lanes)]
  await works[0]?.began
  ready[0]?.()
  expect(await works[1]?.began).toBe(2)
  expect(lanes.opened).toEqual([1, 2])
  works[1]?.end()
  expect(await works[2]?.began).toBe(2)
  for (const work of works) work.end()
  expect(await Promise.all(works.map(({ ended }) => ended))).toHaveLength(4)
})

it('goes on when work fails', async () => {
  const { lanes } = lanesOf(1)
  const failed = lanes.take(async () => {
    throw new Error('no')
  })
  await expect(failed).rejects.toThrow('no')
  expect(await lanes.take(async (lane) => lane)).toBe(1)
})
