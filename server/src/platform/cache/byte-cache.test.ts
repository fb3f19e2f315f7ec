import { expect, test } from 'vitest'
import { ByteCache, type CachedText } from './byte-cache.ts'

function text(generation: number, size = 1_000): CachedText {
  return { generation, bytes: new Uint8Array(size) }
}

function loads(loaded: CachedText): () => Promise<CachedText> {
  return () => Promise.resolve(loaded)
}

function never(): Promise<undefined> {
  return Promise.reject(new Error('loaded'))
}

test('what was loaded is found again, and hits and misses are counted', async () => {
  const cache = new ByteCache(100_000)
  const loaded = text(1)
  expect(await cache.read('a', 1, loads(loaded))).toBe(loaded)
  expect(await cache.read('a', 1, never)).toBe(loaded)
  expect(cache.figures).toMatchObject({ entryCount: 1, hits: 1, misses: 1, maxBytes: 100_000 })
  expect(cache.figures.currentBytes).toBeGreaterThan(1_000)
})

test('an older generation is loaded anew and a later one serves', async () => {
  const cache = new ByteCache(100_000)
  await cache.read('a', 1, loads(text(1)))
  expect(await cache.read('a', 2, loads(text(3)))).toEqual(text(3))
  expect(await cache.read('a', 2, never)).toEqual(text(3))
  expect(cache.figures.entryCount).toBe(1)
})

test('the least recently used goes first and the bound is never passed', async () => {
  const cache = new ByteCache(6_000)
  for (const key of ['a', 'b', 'c', 'd']) await cache.read(key, 1, loads(text(1)))
  await cache.read('a', 1, never)
  await cache.read('e', 1, loads(text(1)))
  expect(await cache.read('a', 1, never)).toEqual(text(1))
  await expect(cache.read('b', 1, never)).rejects.toThrow('loaded')
  expect(cache.figures.currentBytes).toBeLessThanOrEqual(6_000)
})

test('an entry over half the bound is given but not kept', async () => {
  const cache = new ByteCache(1_500)
  expect(await cache.read('a', 1, loads(text(1)))).toEqual(text(1))
  expect(cache.figures).toMatchObject({ entryCount: 0, currentBytes: 0 })
})

test('readers of the same state wait for one load', async () => {
  const cache = new ByteCache(100_000)
  const gate = Promise.withResolvers<CachedText>()
  let count = 0
  const load = (): Promise<CachedText> => {
    count += 1
    return gate.promise
  }
  const both = Promise.all([cache.read('a', 1, load), cache.read('a', 1, load)])
  gate.resolve(text(1))
  expect(await both).toEqual([text(1), text(1)])
  expect(count).toBe(1)
})

test('a slow load of an old state does not replace a newer entry', async () => {
  const cache = new ByteCache(100_000)
  const slow = Promise.withResolvers<CachedText>()
  const old = cache.read('a', 1, () => slow.promise)
  await cache.read('a', 2, loads(text(2)))
  slow.resolve(text(1))
  expect(await old).toEqual(text(1))
  expect(await cache.read('a', 2, never)).toEqual(text(2))
})

test('a load that fails or finds nothing leaves nothing behind', async () => {
  const cache = new ByteCache(100_000)
  await expect(cache.read('a', 1, never)).rejects.toThrow('loaded')
  expect(await cache.read('a', 1, () => Promise.resolve(undefined))).toBeUndefined()
  expect(await cache.read('a', 1, loads(text(1)))).toEqual(text(1))
})
