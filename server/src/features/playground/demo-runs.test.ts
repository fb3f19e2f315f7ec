import { describe, expect, test } from 'vitest'
import { DemoRuns, maxDemoRuns, type NewRun } from './demo-runs.ts'

const anybody = () => true

/** A run that goes on until it is stopped, and what became of it. */
function endlessRun(traceId: string, ownerKey: string | null = null) {
  const { promise: started, resolve: onStart } = Promise.withResolvers<void>()
  const { promise: reason, resolve: onStop } = Promise.withResolvers<unknown>()
  const run: NewRun = {
    traceId,
    ownerKey,
    begin: () => Promise.resolve(),
    async carryOut(signal) {
      onStart()
      if (!signal.aborted) {
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve(), { once: true })
        })
      }
      onStop(signal.reason)
    },
  }
  return { run, started, reason }
}

describe('Demo agents at work', () => {
  test('are so many and no more, and leave room when they end', async () => {
    await using runs = new DemoRuns()
    for (let index = 0; index < maxDemoRuns; index += 1) {
      await runs.start(endlessRun(`t${index}`).run)
    }
    expect(runs.count).toBe(maxDemoRuns)
    const { run } = endlessRun('one more')
    await expect(runs.start(run)).rejects.toMatchObject({ code: 'limit', retryable: true })
    expect(await runs.cancel('t3', anybody)).toBe(true)
    await runs.start(run)
    expect(runs.count).toBe(maxDemoRuns)
  })

  test('do not start when their beginning cannot be stored', async () => {
    await using runs = new DemoRuns()
    const { run } = endlessRun('t')
    const begin = () => Promise.reject(new Error('disk full'))
    let hasWorked = false
    const carryOut = (): Promise<void> => {
      hasWorked = true
      return Promise.resolve()
    }
    await expect(runs.start({ ...run, begin, carryOut })).rejects.toThrow('disk full')
    expect({ count: runs.count, hasWorked }).toEqual({ count: 0, hasWorked: false })
  })

  test('are stopped one by one, within reach only', async () => {
    await using runs = new DemoRuns()
    const mine = endlessRun('mine', 'me')
    const theirs = endlessRun('theirs', 'them')
    await runs.start(mine.run)
    await runs.start(theirs.run)
    const mayReach = (ownerKey: string | null) => ownerKey === 'me'
    expect(await runs.cancel('theirs', mayReach)).toBe(false)
    expect(await runs.cancel('nothing', anybody)).toBe(false)
    expect(await runs.cancel('mine', mayReach)).toBe(true)
    expect(await mine.reason).toMatchObject({ message: 'The demo agent was stopped' })
    expect(runs.count).toBe(1)
    expect(await runs.cancel('mine', anybody)).toBe(false)
  })

  test('are all stopped with the server, which waits for them and takes no more', async () => {
    const runs = new DemoRuns()
    const both = [endlessRun('a'), endlessRun('b')]
    for (const { run } of both) await runs.start(run)
    await runs[Symbol.asyncDispose]()
    expect(runs.count).toBe(0)
    for (const { reason } of both) {
      expect(await reason).toMatchObject({ message: 'The server was stopped' })
    }
    await expect(runs.start(endlessRun('c').run)).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('that were still beginning when the server stopped are stopped as well', async () => {
    const runs = new DemoRuns()
    const { run, reason } = endlessRun('t')
    const { promise: stored, resolve } = Promise.withResolvers<void>()
    const starting = runs.start({ ...run, begin: () => stored })
    const disposing = runs[Symbol.asyncDispose]()
    resolve()
    await Promise.all([starting, disposing])
    expect(await reason).toMatchObject({ message: 'The server was stopped' })
    expect(runs.count).toBe(0)
  })
})
