import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Exchange } from './exchange.ts'
import { UpstreamError } from './upstream-error.ts'

const limits = { firstByteMs: 1000, betweenChunksMs: 100, replyBytes: 1_000_000 }

class Wire {
  readonly calls: string[] = []
  aborted = false
  paused = false
  reason: Error | null = null

  abort(): void {
    this.aborted = true
    this.calls.push('abort')
  }

  pause(): void {
    this.paused = true
    this.calls.push('pause')
  }

  resume(): void {
    this.paused = false
    this.calls.push('resume')
  }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function started(): { exchange: Exchange; wire: Wire } {
  const exchange = new Exchange(limits, 1)
  exchange.head.catch(() => {})
  const wire = new Wire()
  exchange.onRequestStart(wire)
  return { exchange, wire }
}

async function faultOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => (error instanceof UpstreamError ? error.fault : error),
  )
}

test('the first-byte limit runs on after the head, until the first byte of the body', async () => {
  const { exchange, wire } = started()
  await vi.advanceTimersByTimeAsync(900)
  exchange.onResponseStart(wire, 200, {})
  expect(await exchange.head).toEqual({ status: 200, headers: {} })
  await vi.advanceTimersByTimeAsync(100)
  expect(wire.calls).toEqual(['abort'])
  expect(await faultOf(exchange.read().next())).toEqual({
    kind: 'timeout',
    phase: 'first-byte',
    afterMs: 1000,
  })
})

test('after the first byte each chunk has its own time', async () => {
  const { exchange, wire } = started()
  exchange.onResponseStart(wire, 200, {})
  const reader = exchange.read()
  for (let time = 0; time < 2000; time += 90) {
    exchange.onResponseData(wire, new Uint8Array(1))
    await reader.next()
    await vi.advanceTimersByTimeAsync(90)
  }
  expect(wire.calls).toEqual([])
  await vi.advanceTimersByTimeAsync(10)
  expect(await faultOf(reader.next())).toEqual({
    kind: 'timeout',
    phase: 'between-chunks',
    afterMs: 100,
  })
})

test('a provider that is held back for a slow reader is not late', async () => {
  const { exchange, wire } = started()
  exchange.onResponseStart(wire, 200, {})
  exchange.onResponseData(wire, new Uint8Array(300_000))
  exchange.onResponseData(wire, new Uint8Array(1))
  expect(wire.calls).toEqual(['pause'])
  await vi.advanceTimersByTimeAsync(60_000)
  const reader = exchange.read()
  await reader.next()
  expect(wire.calls).toEqual(['pause', 'resume'])
  await reader.next()
  await vi.advanceTimersByTimeAsync(100)
  expect(wire.calls).toEqual(['pause', 'resume', 'abort'])
})

test('an interim head is passed over', async () => {
  const { exchange, wire } = started()
  exchange.onResponseStart(wire, 103, { link: '</style.css>' })
  exchange.onResponseStart(wire, 200, { 'set-cookie': ['a=1', 'b=2'], 'x-a': 'y' })
  expect(await exchange.head).toEqual({
    status: 200,
    headers: { 'set-cookie': 'a=1, b=2', 'x-a': 'y' },
  })
})

test('what ends before it starts is aborted when it starts, with nothing sent', async () => {
  const exchange = new Exchange(limits, 1)
  const fault = faultOf(exchange.head)
  await vi.advanceTimersByTimeAsync(1000)
  expect(await fault).toMatchObject({ kind: 'timeout', phase: 'first-byte' })
  expect(exchange.wasSent).toBe(false)
  const wire = new Wire()
  exchange.onRequestStart(wire)
  expect(wire.calls).toEqual(['abort'])
})

test('once over, nothing changes it', async () => {
  const { exchange, wire } = started()
  exchange.onResponseStart(wire, 200, {})
  exchange.onResponseData(wire, new Uint8Array(2))
  exchange.onResponseEnd()
  exchange.stop({ kind: 'aborted', reason: 'late' })
  exchange.onResponseError(wire, new Error('late'))
  await exchange.over
  const reader = exchange.read()
  expect((await reader.next()).value?.byteLength).toBe(2)
  expect((await reader.next()).done).toBe(true)
  expect(wire.calls).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})

test('a reply beyond its limit is stopped', async () => {
  const { exchange, wire } = started()
  exchange.onResponseStart(wire, 200, {})
  for (let part = 0; part < 4; part += 1) {
    exchange.onResponseData(wire, new Uint8Array(300_000))
  }
  expect(wire.calls).toContain('abort')
  const reader = exchange.read()
  for (let part = 0; part < 3; part += 1) await reader.next()
  expect(await faultOf(reader.next())).toEqual({
    kind: 'transport',
    reason: 'the reply is larger than 1000000 bytes',
  })
})
