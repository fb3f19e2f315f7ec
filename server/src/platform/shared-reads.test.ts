import { describe, expect, it } from 'vitest'
import { SharedReads } from './shared-reads.ts'

describe('Shared reads', () => {
  it('give nobody what was read before they asked', async () => {
    const reads = new SharedReads<number>()
    const begun: PromiseWithResolvers<number>[] = []
    const read = () => {
      const flight = Promise.withResolvers<number>()
      begun.push(flight)
      return flight.promise
    }
    const first = reads.share('a', read)
    const second = reads.share('a', read)
    const third = reads.share('a', read)
    const other = reads.share('b', read)
    expect(begun).toHaveLength(2)
    begun[0]?.resolve(1)
    begun[1]?.resolve(10)
    expect(await first).toBe(1)
    expect(await other).toBe(10)
    const fourth = reads.share('a', read)
    await expect.poll(() => begun.length).toBe(3)
    begun[2]?.resolve(2)
    expect(await Promise.all([second, third])).toEqual([2, 2])
    await expect.poll(() => begun.length).toBe(4)
    begun[3]?.resolve(3)
    expect(await fourth).toBe(3)
  })

  it('wait for others before they begin, where they are told to', async () => {
    const reads = new SharedReads<number>({ gathersMs: 1 })
    const begun: PromiseWithResolvers<number>[] = []
    const read = () => {
      const flight = Promise.withResolvers<number>()
      begun.push(flight)
      return flight.promise
    }
    const together = [reads.share('a', read), reads.share('a', read), reads.share('a', read)]
    await expect.poll(() => begun.length).toBe(1)
    const late = reads.share('a', read)
    begun[0]?.resolve(1)
    expect(await Promise.all(together)).toEqual([1, 1, 1])
    await expect.poll(() => begun.length).toBe(2)
    begun[1]?.resolve(2)
    expect(await late).toBe(2)
  })

  it('go on after a failure, which only those who shared it see', async () => {
    const reads = new SharedReads<number>()
    const failing = Promise.withResolvers<number>()
    const first = reads.share('a', () => failing.promise)
    const second = reads.share('a', async () => 2)
    failing.reject(new Error('no'))
    await expect(first).rejects.toThrow('no')
    expect(await second).toBe(2)
    expect(await reads.share('a', async () => 3)).toBe(3)
  })
})
