import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createApiKey, localCaller, revokeApiKey } from '../../../src/features/identity/index.ts'
import { startTestApp, type TestApp } from '../../support/app.ts'

let server: TestApp

beforeAll(async () => {
  server = await startTestApp()
})

afterAll(async () => {
  await server.stop()
})

async function open(query = ''): Promise<WebSocket> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws/live${query}`)
  await once(socket, 'open')
  return socket
}

async function answerTo(socket: WebSocket, frame: string): Promise<unknown> {
  const reply = once(socket, 'message')
  socket.send(frame)
  const [data]: Buffer[] = await reply
  return JSON.parse(String(data))
}

const subscribeTo = (traceId: string): string =>
  JSON.stringify({ action: 'subscribe_trace', trace_id: traceId })

describe('/ws/live', () => {
  it('ends the sockets of a revoked key and no others', async () => {
    const ctx = { ...server.app.context, caller: localCaller() }
    const input = { name: 'leaving', scopes: ['traces:read'] as const, expiresAt: null }
    const { key, secret } = await createApiKey(ctx, input)
    const staying = await open(`?api_key=${await server.createKey('traces:read')}`)
    const local = await open()
    const closed = Promise.all([
      once(await open(`?api_key=${secret}`), 'close'),
      once(await open(`?api_key=${secret}`), 'close'),
    ])
    await revokeApiKey(ctx, key.id)
    for (const [code] of await closed) expect(code).toBe(1008)
    for (const socket of [staying, local]) {
      expect(await answerTo(socket, '?')).toEqual({ error: 'Invalid JSON' })
      socket.terminate()
    }
  })

  it('remembers at most 10,000 traces a socket, and says so', async () => {
    const socket = await open()
    for (let trace = 0; trace < 10_000; trace += 1) socket.send(subscribeTo(`trace-${trace}`))
    const refusal = { error: 'A socket can subscribe to at most 10000 traces' }
    expect(await answerTo(socket, subscribeTo('one-more'))).toEqual(refusal)
    socket.send(subscribeTo('trace-7'))
    socket.send(JSON.stringify({ action: 'unsubscribe_trace', trace_id: 'trace-7' }))
    socket.send(subscribeTo('one-more'))
    expect(await answerTo(socket, subscribeTo('and-another'))).toEqual(refusal)
    socket.terminate()
  })

  it('refuses to remember a trace id of any length', async () => {
    const socket = await open()
    expect(await answerTo(socket, subscribeTo('x'.repeat(1_025)))).toEqual({
      error: 'A trace id of more than 1024 characters cannot be subscribed to',
    })
    socket.terminate()
  })
})
