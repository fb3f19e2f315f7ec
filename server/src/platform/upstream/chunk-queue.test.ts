import { expect, test } from 'vitest'
import { ChunkQueue } from './chunk-queue.ts'

function opened(highWaterBytes = 10): { queue: ChunkQueue; calls: string[] } {
  const calls: string[] = []
  const note = (name: string) => () => void calls.push(name)
  const flow = { pause: note('pause'), resume: note('resume'), cancel: note('cancel') }
  return { queue: new ChunkQueue(flow, highWaterBytes), calls }
}

const bytes = (size: number) => new Uint8Array(size)

test('a failure comes after the chunks that came before it', async () => {
  const { queue, calls } = opened()
  queue.push(bytes(1))
  queue.push(bytes(2))
  queue.end(new Error('broken'))
  queue.push(bytes(3))
  const sizes: number[] = []
  const read = async () => {
    for await (const chunk of queue.read()) sizes.push(chunk.byteLength)
  }
  await expect(read()).rejects.toThrow('broken')
  expect(sizes).toEqual([1, 2])
  expect(calls).toEqual([])
})

test('the sender is held back over the mark and let go at half of it', async () => {
  const { queue, calls } = opened(10)
  for (const size of [6, 4, 1, 1]) queue.push(bytes(size))
  expect(calls).toEqual(['pause'])
  const reader = queue.read()
  await reader.next()
  expect(calls).toEqual(['pause'])
  await reader.next()
  expect(calls).toEqual(['pause', 'resume'])
})

test('a reader that waits is given what comes, and the end', async () => {
  const { queue } = opened()
  const reader = queue.read()
  const first = reader.next()
  queue.push(bytes(3))
  expect((await first).value?.byteLength).toBe(3)
  const second = reader.next()
  queue.end(null)
  expect((await second).done).toBe(true)
})

test('a reader that leaves before the end cancels', async () => {
  const { queue, calls } = opened()
  queue.push(bytes(1))
  const reader = queue.read()
  await reader.next()
  await reader.return?.()
  expect(calls).toEqual(['cancel'])
})
