import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { QueueLimits } from './frame-queue.ts'
import { LiveSocket, type Pulse } from './live-socket.ts'

const mebibyte = 1024 * 1024

/** A clock that only moves by hand. */
class HandPulse implements Pulse {
  readonly #beats = new Set<() => void>()
  #nowMs = 0

  get beats(): number {
    return this.#beats.size
  }

  nowMs(): number {
    return this.#nowMs
  }

  every(_intervalMs: number, beat: () => void): Disposable {
    this.#beats.add(beat)
    return { [Symbol.dispose]: () => void this.#beats.delete(beat) }
  }

  /** In steps of a second, as the socket asks for. */
  pass(seconds: number): void {
    for (let i = 0; i < seconds; i += 1) {
      this.#nowMs += 1000
      for (const beat of this.#beats) beat()
    }
  }
}

interface Pair extends AsyncDisposable {
  readonly live: LiveSocket
  readonly server: WebSocket
  readonly client: WebSocket
  readonly received: string[]
  readonly pulse: HandPulse
}

async function connectPair(
  limits: QueueLimits = { maxMessages: 10_000, maxBytes: 16 * mebibyte },
  more: { readonly pingEveryMs?: number } = {},
): Promise<Pair> {
  const wss = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(wss, 'listening')
  const accepted = once(wss, 'connection')
  const client = new WebSocket(`ws://127.0.0.1:${(wss.address() as AddressInfo).port}`)
  const received: string[] = []
  client.on('message', (data: Buffer, isBinary) => {
    received.push(isBinary ? 'binary!' : data.toString())
  })
  client.on('error', () => {})
  await once(client, 'open')
  const [server] = (await accepted) as [WebSocket]
  const pulse = new HandPulse()
  const live = new LiveSocket(server, {
    limits,
    gap: (missed) => JSON.stringify({ missed }),
    pulse,
    ...more,
  })
  const close = async (): Promise<void> => {
    client.terminate()
    server.terminate()
    await live.closed
    wss.close()
  }
  return { live, server, client, received, pulse, [Symbol.asyncDispose]: close }
}

/** Fills all buffers on the way to a client that does not read, until the queue itself holds. */
function fillUp(live: LiveSocket, untilBytes: number): number {
  let sent = 0
  for (; live.heldBytes < untilBytes; sent += 1) live.send(`${sent}:${'x'.repeat(100_000)}`)
  return sent
}

/** Lets the kernel take what it will; a stalled client leaves the rest. */
async function settle(live: LiveSocket): Promise<void> {
  let before = -1
  await expect
    .poll(() => {
      const isSteady = before === live.heldBytes
      before = live.heldBytes
      return isSteady
    })
    .toBe(true)
}

describe('a live socket', () => {
  it('sends text frames in order', async () => {
    await using pair = await connectPair()
    const frames = Array.from({ length: 5000 }, (_, i) => `frame ${i}`)
    for (const frame of frames) pair.live.send(Buffer.from(frame))
    await expect.poll(() => pair.received.length).toBe(5000)
    expect(pair.received).toEqual(frames)
    expect(pair.live.missed).toBe(0)
  })

  it('drops the oldest for a stalled reader, tells it once how many, and goes on', async () => {
    await using pair = await connectPair({ maxMessages: 20, maxBytes: 16 * mebibyte })
    pair.client.pause()
    let sent = 0
    for (; sent < 300; sent += 1) {
      pair.live.send(`${sent}:${'x'.repeat(100_000)}`)
      await new Promise(setImmediate)
    }
    await settle(pair.live)
    expect(pair.live.heldBytes).toBeLessThan(3 * mebibyte)
    pair.client.resume()
    await expect.poll(() => pair.received.at(-1)?.startsWith('299:')).toBe(true)
    pair.live.send('after')
    await expect.poll(() => pair.received.at(-1)).toBe('after')
    const seen = pair.received.map((frame) => (frame.startsWith('{') ? frame : parseInt(frame, 10)))
    const gapAt = seen.findIndex((entry) => typeof entry === 'string')
    const { missed } = JSON.parse(String(seen[gapAt])) as { missed: number }
    expect(seen[gapAt + 1]).toBe(Number(seen[gapAt - 1]) + missed + 1)
    expect(seen.filter((entry) => typeof entry === 'string')).toHaveLength(1)
    expect(pair.received).toHaveLength(300 - missed + 2)
    expect(pair.live.missed).toBe(missed)
  })

  it('holds no more than its bytes', async () => {
    await using pair = await connectPair({ maxMessages: 10_000, maxBytes: 2 * mebibyte })
    pair.client.pause()
    for (let sent = 0; sent < 400; sent += 1) {
      pair.live.send('x'.repeat(100_000))
      expect(pair.live.heldBytes).toBeLessThan(2.1 * mebibyte)
      await new Promise(setImmediate)
    }
    pair.client.resume()
    await expect.poll(() => pair.live.missed).toBeGreaterThan(0)
  })

  it('closes a client that takes nothing for 30 s with 1013', async () => {
    await using pair = await connectPair()
    pair.client.pause()
    fillUp(pair.live, 12 * mebibyte)
    await settle(pair.live)
    expect(pair.live.heldBytes).toBeGreaterThan(0)
    pair.pulse.pass(19)
    expect(pair.server.readyState).toBe(WebSocket.OPEN)
    pair.server.emit('pong')
    pair.pulse.pass(10)
    expect(pair.server.readyState).toBe(WebSocket.OPEN)
    pair.pulse.pass(1)
    expect(pair.server.readyState).toBe(WebSocket.CLOSING)
    pair.client.resume()
    const [code, reason] = (await once(pair.client, 'close')) as [number, Buffer]
    expect(code).toBe(1013)
    expect(reason.toString()).toBe('too slow')
  })

  it('cuts off a client that does not take the close either', async () => {
    await using pair = await connectPair()
    pair.client.pause()
    fillUp(pair.live, 12 * mebibyte)
    await settle(pair.live)
    pair.pulse.pass(15)
    pair.server.emit('pong')
    pair.pulse.pass(15)
    expect(pair.server.readyState).toBe(WebSocket.CLOSING)
    pair.pulse.pass(2)
    await pair.live.closed
    expect(pair.pulse.beats).toBe(0)
  })

  it('does not count time in which nothing waited', async () => {
    await using pair = await connectPair()
    for (let i = 0; i < 6; i += 1) {
      pair.pulse.pass(15)
      await new Promise(setImmediate)
      pair.server.emit('pong')
    }
    pair.live.send('still there')
    pair.pulse.pass(1)
    await expect.poll(() => pair.received).toEqual(['still there'])
  })

  it('closes a client for which more than 16 MiB would be held', async () => {
    await using pair = await connectPair({ maxMessages: 10_000, maxBytes: 64 * mebibyte })
    pair.client.pause()
    fillUp(pair.live, 16 * mebibyte - 200_000)
    pair.live.send('x'.repeat(300_000))
    expect(pair.server.readyState).toBe(WebSocket.CLOSING)
    pair.client.resume()
    const [code] = (await once(pair.client, 'close')) as [number]
    expect(code).toBe(1013)
  })

  it('pings after 20 s and cuts off a client that is silent 20 s later', async () => {
    await using pair = await connectPair()
    const pinged = once(pair.client, 'ping')
    pair.pulse.pass(20)
    await pinged
    await once(pair.server, 'pong')
    pair.pulse.pass(20)
    expect(pair.server.readyState).toBe(WebSocket.OPEN)
    pair.client.pause()
    pair.pulse.pass(20)
    await pair.live.closed
  })

  it('pings as seldom as it is told to', async () => {
    await using pair = await connectPair(undefined, { pingEveryMs: 30_000 })
    let pings = 0
    pair.client.on('ping', () => (pings += 1))
    pair.pulse.pass(29)
    pair.live.send('round trip')
    await expect.poll(() => pair.received).toEqual(['round trip'])
    expect(pings).toBe(0)
    pair.pulse.pass(1)
    await expect.poll(() => pings).toBe(1)
  })

  it('ignores frames for a client that is gone', async () => {
    await using pair = await connectPair()
    pair.client.terminate()
    await pair.live.closed
    pair.live.send('nobody')
    expect(pair.live.heldBytes).toBe(0)
  })

  it('says goodbye when it is disposed', async () => {
    await using pair = await connectPair()
    const closed = once(pair.client, 'close')
    await pair.live[Symbol.asyncDispose]()
    const [code] = (await closed) as [number]
    expect(code).toBe(1001)
    expect(pair.pulse.beats).toBe(0)
  })
})
