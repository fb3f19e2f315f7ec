import { describe, expect, it, vi } from 'vitest'
import { saveSamples } from '../../../test/support/sample-groups.ts'
import { DomainError } from '../domain-error.ts'
import type { Group, Tx } from './database.ts'
import { GroupQueue, type GroupQueueLimits } from './group-queue.ts'
import { runGroup, type Transact } from './run-group.ts'
import type { GroupReplies } from './thread-messages.ts'

interface Running {
  readonly inputs: readonly unknown[]
  answer(): void
  fail(error: Error): void
}

/** A queue whose groups end when the test says so. */
function queueOf(limits: Partial<GroupQueueLimits> = {}, gathersMs?: number) {
  const running: Running[] = []
  const queue = new GroupQueue({
    group: gathersMs === undefined ? saveSamples : { ...saveSamples, gathersMs },
    limits: { maxWaitingBytes: 100, maxGroupBytes: 40, maxGroupInputs: 3, ...limits },
    run: (inputs) => {
      const { promise, resolve, reject } = Promise.withResolvers<GroupReplies>()
      const replies = inputs.map((value) => ({ value }))
      running.push({ inputs, answer: () => resolve({ replies, events: [] }), fail: reject })
      return promise
    },
    publish: () => undefined,
  })
  const add = (input: string, sizeBytes = 10): Promise<unknown> => queue.add(input, sizeBytes, [])
  const answerAll = async (): Promise<void> => {
    for (const group of running) {
      group.answer()
      await new Promise(setImmediate)
    }
  }
  return {
    queue,
    running,
    add,
    answerAll,
    seen: () => running.map(({ inputs }) => inputs.join('')),
  }
}

describe('group queue', () => {
  it('keeps two groups under way and collects the rest in order of asking', async () => {
    const { queue, add, answerAll, seen } = queueOf()
    const replies = Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((input) => add(input)))
    expect(seen()).toEqual(['a', 'b'])
    expect(queue.waitingBytes).toBe(40)
    await answerAll()
    expect(await replies).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    expect(seen()).toEqual(['a', 'b', 'cde', 'f'])
    expect(queue.waitingBytes).toBe(0)
  })

  it('holds a second group back until it is as large as the one under way', async () => {
    const { add, answerAll, seen } = queueOf()
    const replies = [add('a', 30), add('b', 10), add('c', 10)]
    expect(seen()).toEqual(['a'])
    replies.push(add('d', 10))
    expect(seen()).toEqual(['a', 'bcd'])
    await answerAll()
    expect(await Promise.all(replies)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('waits for company only as long as company came the last time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { add, answerAll, seen } = queueOf({}, 2)
      const replies = [add('a', 10), add('b', 5), add('c', 5)]
      expect(seen()).toEqual(['a', 'bc'])
      await answerAll()
      replies.push(add('d'), add('e'))
      expect(seen()).toEqual(['a', 'bc'])
      vi.advanceTimersByTime(2)
      expect(seen()).toEqual(['a', 'bc', 'de'])
      await answerAll()
      replies.push(add('f'))
      vi.advanceTimersByTime(2)
      expect(seen()).toEqual(['a', 'bc', 'de', 'f'])
      await answerAll()
      replies.push(add('g'))
      expect(seen()).toEqual(['a', 'bc', 'de', 'f', 'g'])
      await answerAll()
      expect(await Promise.all(replies)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g'])
    } finally {
      vi.useRealTimers()
    }
  })

  it('bounds a group by bytes, and lets a larger input go alone', async () => {
    const { add, answerAll, seen } = queueOf({ maxWaitingBytes: 1000 })
    const given = [
      ['a', 1],
      ['b', 1],
      ['c', 25],
      ['d', 15],
      ['e', 30],
      ['F', 300],
      ['g', 30],
    ] as const
    const replies = Promise.all(given.map(([input, sizeBytes]) => add(input, sizeBytes)))
    await answerAll()
    await replies
    expect(seen()).toEqual(['a', 'b', 'cd', 'e', 'F', 'g'])
  })

  it('refuses what does not fit the bound, at once, and takes more when there is room', async () => {
    const { add, answerAll, running } = queueOf()
    const taken = ['a', 'b', 'c'].map((input) => add(input, 60))
    await expect(add('d', 60)).rejects.toMatchObject({ code: 'unavailable', retryable: true })
    running[0]?.answer()
    await taken[0]
    await new Promise(setImmediate)
    taken.push(add('e', 60))
    await answerAll()
    expect(await Promise.all(taken)).toEqual(['a', 'b', 'c', 'e'])
  })

  it('rejects a whole group that could not be run, and goes on with the next', async () => {
    const { add, answerAll, running } = queueOf()
    const outcomes = Promise.allSettled(['a', 'b', 'c', 'd'].map((input) => add(input)))
    running[0]?.fail(new Error('gone'))
    await new Promise(setImmediate)
    await answerAll()
    expect((await outcomes).map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ])
  })
})

describe('run group', () => {
  const tx = {} as Tx
  const groupOf = (run: (inputs: readonly unknown[]) => void): Group<unknown, unknown> => ({
    module: 'test',
    name: 'test',
    run: async (_tx, inputs) => {
      run(inputs)
      return { replies: [...inputs], events: inputs.map((body) => ({ topic: 'done', body })) }
    },
  })
  const transact: Transact = (work) => work(tx)

  it('tells only events of inputs that were stored', async () => {
    const group = groupOf((inputs) => {
      if (inputs.includes('bad')) throw new Error('no')
    })
    const { replies, events } = await runGroup(transact, group, ['a', 'bad', 'b'])
    expect(replies.map((reply) => 'value' in reply)).toEqual([true, false, true])
    expect(events.map(({ body }) => body)).toEqual(['a', 'b'])
  })

  it('does not try inputs one by one when the place itself fails', async () => {
    let attempts = 0
    const full: Transact = () => {
      attempts += 1
      throw new DomainError('unavailable', 'The disk is full')
    }
    const { replies } = await runGroup(
      full,
      groupOf(() => undefined),
      ['a', 'b', 'c'],
    )
    expect(attempts).toBe(1)
    expect(replies).toHaveLength(3)
    for (const reply of replies) {
      expect(reply).toMatchObject({ error: { domain: { code: 'unavailable' } } })
    }
  })
})
