import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { inspect } from 'node:util'
import { expect } from 'vitest'
import type { UpstreamOptions } from '../../src/platform/upstream/open-upstream.ts'
import { UpstreamError } from '../../src/platform/upstream/upstream-error.ts'
import type { UpstreamRequest } from '../../src/platform/upstream/upstream.ts'

/** A key that no error may show. */
export const secret = 'sk-very-secret'
/** What an OpenAI-like provider takes; the second asks for a stream. */
export const ask = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] })
export const askStream = JSON.stringify({ ...JSON.parse(ask), stream: true })

/** What a request to this provider is, with a key in it. */
export function to(url: string, rest: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return {
    url: `${url}/chat/completions`,
    headers: { Authorization: `Bearer ${secret}` },
    body: ask,
    ...rest,
  }
}

/** Time that does not pass: waits are noted and over at once. */
export function timeless(waits: number[] = []): UpstreamOptions {
  return {
    clock: { nowSeconds: () => 1_000_000 },
    random: () => 1,
    sleep: async (ms) => void waits.push(ms),
  }
}

/** The UpstreamError that the work must end in; it must not show the key. */
export async function failure(work: Promise<unknown>): Promise<UpstreamError> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof UpstreamError)) throw new Error('no UpstreamError', { cause: error })
  expect(inspect(error, { depth: 20 })).not.toContain(secret)
  return error
}

/** A TCP server on loopback whose sockets do as they are told. */
export async function listening(
  onSocket: (socket: Socket) => void,
): Promise<Server & AsyncDisposable> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onSocket(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(server, {
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  })
}

export function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

/** The smallest HTTP answer. */
export const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
