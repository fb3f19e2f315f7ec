import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SampleCall } from '../../../test/support/sample-thread.ts'
import { DomainError } from '../domain-error.ts'
import { loadExport } from './load-export.ts'
import { Thread } from './thread.ts'

describe('thread', () => {
  let thread: Thread
  let deaths: Error[] = []
  let notices: unknown[] = []

  beforeEach(() => {
    deaths = []
    notices = []
    thread = new Thread({
      name: 'sample',
      entry: new URL('../../../test/support/sample-thread.ts', import.meta.url),
      data: null,
      onDeath: (error) => deaths.push(error),
      onNotice: (notice) => notices.push(notice),
    })
  })
  afterEach(() => thread[Symbol.asyncDispose]())

  const call = <T>(message: SampleCall, transfer: ArrayBuffer[] = []): Promise<T> =>
    thread.call<T>(message, transfer)

  it('answers each call with its own reply, in whatever order they end', async () => {
    const ended: unknown[] = []
    const replies = [60, 1, 20].map(async (afterMs) => {
      const reply = await call({ do: 'echo', value: afterMs, afterMs })
      ended.push(reply)
      return reply
    })
    expect(await Promise.all(replies)).toEqual([60, 1, 20])
    expect(ended).toEqual([1, 20, 60])
  })

  it('moves bytes both ways instead of copying them', async () => {
    const bytes = new TextEncoder().encode('hello')
    const reply = await call<Uint8Array>({ do: 'echo', value: bytes }, [bytes.buffer])
    expect(bytes.byteLength).toBe(0)
    expect(new TextDecoder().decode(reply)).toBe('hello')
    const chunks = await call<Uint8Array[]>({ do: 'bytes', sizes: [0, 1, 70_000, 3] })
    expect(chunks.map(({ byteLength }) => byteLength)).toEqual([0, 1, 70_000, 3])
  })

  it('moves bytes that are members of a reply, too', async () => {
    const reply = await call<object>({ do: 'members', sizes: [5, 70_000, 3] })
    const [first, rest] = [new Uint8Array(5), [new Uint8Array(70_000), new Uint8Array(3)]]
    expect(reply).toEqual({ value: { first, rest } })
    expect(await call({ do: 'bytes-kept' })).toEqual([0, 0, 0])
  })

  it('brings errors over with what they say', async () => {
    const refusal = await call({ do: 'fail', how: 'domain' }).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(DomainError)
    expect(refusal).toMatchObject({ code: 'conflict', message: 'There already', details: [1] })
    expect(refusal).toMatchObject({ retryable: false })
    const bug = await call({ do: 'fail', how: 'error' }).catch((error: unknown) => error)
    expect(bug).toBeInstanceOf(Error)
    expect(bug).not.toBeInstanceOf(DomainError)
    expect(bug).toMatchObject({ message: 'a bug', stack: expect.stringContaining('sample-thread') })
  })

  it('answers a call whose value or reply cannot cross, and lives on', async () => {
    await expect(call({ do: 'fail', how: 'uncloneable' })).rejects.toThrow('could not be cloned')
    await expect(call({ do: 'echo', value: () => 1 })).rejects.toThrow('could not be cloned')
    expect(await call({ do: 'echo', value: 1 })).toBe(1)
    expect(deaths).toEqual([])
  })

  it('hands on what the thread tells outside of replies', async () => {
    await call({ do: 'notify', notice: 'slow' })
    expect(notices).toEqual(['slow'])
  })

  it.each([
    ['exit', 'Thread sample ended with code 7'],
    ['crash', 'crashed'],
  ] as const)('rejects what waits and what comes later when it dies by %s', async (how, reason) => {
    const waiting = call({ do: 'echo', value: 1, afterMs: 60_000 })
    const outcomes = await Promise.allSettled([waiting, call({ do: how })])
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { message: reason } })
    }
    await expect(call({ do: 'echo', value: 2 })).rejects.toThrow(reason)
    expect(deaths.map(({ message }) => message)).toEqual([reason])
  })

  it('rejects what waits when it is closed, which is no death', async () => {
    const waiting = call({ do: 'echo', value: 1, afterMs: 60_000 })
    await Promise.all([
      expect(waiting).rejects.toThrow('ended with code'),
      thread[Symbol.asyncDispose](),
    ])
    expect(deaths).toEqual([])
  })
})

describe('load export', () => {
  it('finds a constant by module and name, and names what is missing', async () => {
    const module = new URL('./thread.ts', import.meta.url).href
    expect(await loadExport({ module, name: 'Thread' })).toBeTypeOf('function')
    await expect(loadExport({ module, name: 'Rope' })).rejects.toThrow(/no export named Rope/)
  })
})
