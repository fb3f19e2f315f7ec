import { expect, it } from 'vitest'
import { waitUntil, type Waiting } from './wait-until.ts'
import { Watchers } from './watchers.ts'

/** What has come after so many looks; word is given at each look but the last one. */
function comingAfter(looks: number, watchers = new Watchers()) {
  let looked = 0
  const waiting: Waiting = {
    async look() {
      looked += 1
      if (looked < looks) queueMicrotask(() => watchers.tell('x'))
      return looked >= looks
    },
    watch: (tell) => watchers.watch('x', tell),
    seconds: 60,
    signals: [],
  }
  return { waiting, looked: () => looked }
}

const notTold = () => ({ [Symbol.dispose]: () => undefined })

it('What is there already is not waited for', async () => {
  const { waiting, looked } = comingAfter(1)
  expect(await waitUntil(waiting)).toBe(true)
  expect(looked()).toBe(1)
})

it('It is looked for at each word', async () => {
  const { waiting, looked } = comingAfter(5)
  expect(await waitUntil(waiting)).toBe(true)
  expect(looked()).toBe(5)
})

it('Without a word it is looked for all the same', async () => {
  const { waiting } = comingAfter(2)
  expect(await waitUntil({ ...waiting, watch: notTold })).toBe(true)
})

it.each([
  ['the time is over', { seconds: 0.01 }],
  [
    'one of the signals is aborted',
    { signals: [new AbortController().signal, AbortSignal.abort()] },
  ],
  ['one of them is aborted later', { signals: [AbortSignal.timeout(5)] }],
])('The wait ends when %s', async (_when, over) => {
  const { waiting } = comingAfter(Infinity)
  expect(await waitUntil({ ...waiting, watch: notTold, ...over })).toBe(false)
})

it('Who has waited is told no more', async () => {
  const watchers = new Watchers()
  let told = 0
  {
    using _one = watchers.watch('x', () => (told += 1))
    using _other = watchers.watch('y', () => (told += 100))
    watchers.tell('x')
  }
  watchers.tell('x')
  watchers.tell('y')
  expect(told).toBe(1)
})
