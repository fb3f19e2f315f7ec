import { once } from 'node:events'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { served, surfaceOf, type SampleAccess } from '../../../test/support/sample-http.ts'
import { createHttp } from './http.ts'
import { listen, type Listening } from './listen.ts'
import { mountSocket } from './mount-socket.ts'
import { mountedRoutes, mountSurface } from './mount-surface.ts'
import type { Http } from './mounted-route.ts'

function sample(access: SampleAccess): Http {
  const options = { surfaceOfPath: () => 'sample', maxSocketPayloadBytes: 1000 }
  const http = createHttp({ logger: pino({ level: 'silent' }), ...options })
  const surface = surfaceOf(served)
  mountSurface(http, surface)
  mountSocket(http, surface, {
    path: '/ws/live',
    access,
    onSocket: (socket, { caller, request }) => {
      socket.on('message', (data: Buffer) => {
        socket.send(`${caller} ${request.path}: ${data.toString()}`)
      })
    },
  })
  return http
}

function open(access: SampleAccess = 'public'): Promise<Listening> {
  return listen(sample(access), { hosts: ['localhost'], port: 0, drainMs: 500 })
}

async function refusalOf(url: string): Promise<number | undefined> {
  const socket = new WebSocket(url)
  const refused = Promise.withResolvers<number | undefined>()
  socket.on('unexpected-response', (_request, reply) => refused.resolve(reply.statusCode))
  socket.on('open', () => refused.resolve(undefined))
  socket.on('error', () => {})
  try {
    return await refused.promise
  } finally {
    socket.terminate()
  }
}

describe('a mounted socket', () => {
  it('is opened for its caller, on every address', async () => {
    await using listening = await open()
    for (const { url } of listening.addresses) {
      const socket = new WebSocket(`${url}/ws/live?api_key=x`)
      await once(socket, 'open')
      socket.send('hello')
      const [data] = await once(socket, 'message')
      expect(String(data)).toBe('someone /ws/live: hello')
      socket.close()
      await once(socket, 'close')
    }
  })

  it('refuses a caller before the upgrade', async () => {
    await using listening = await open('secret')
    expect(await refusalOf(`${listening.addresses[0]!.url}/ws/live`)).toBe(401)
  })

  it('is unknown to a plain GET', async () => {
    await using listening = await open()
    const reply = await fetch(`${listening.addresses[0]!.url}/ws/live`)
    expect(await reply.json()).toEqual({ detail: { kind: 'unknown-path' } })
  })

  it.each(['/ws/other', '/v1/things/export'])('is not to be had at %s', async (path) => {
    await using listening = await open()
    expect(await refusalOf(listening.addresses[0]!.url + path)).toBe(422)
  })

  it('ends a client whose message is too long', async () => {
    await using listening = await open()
    const socket = new WebSocket(`${listening.addresses[0]!.url}/ws/live`)
    await once(socket, 'open')
    socket.send('x'.repeat(1001))
    const [code] = await once(socket, 'close')
    expect(code).toBe(1009)
  })

  it('is told that the server stops', async () => {
    const listening = await open()
    const socket = new WebSocket(`${listening.addresses[0]!.url}/ws/live`)
    await once(socket, 'open')
    const closed = once(socket, 'close')
    await listening.close()
    const [code] = await closed
    expect(code).toBe(1001)
  })

  it('is cut off when it does not answer to that', async () => {
    const listening = await open()
    const socket = new WebSocket(`${listening.addresses[0]!.url}/ws/live`)
    await once(socket, 'open')
    socket.pause()
    await listening.close()
    socket.resume()
    const [code] = await once(socket, 'close')
    expect([1001, 1006]).toContain(code)
  })

  it('is listed for sweeps', async () => {
    const http = sample('public')
    const path = '/ws/live'
    expect(mountedRoutes(http)).toContainEqual({
      surface: 'sample',
      kind: 'socket',
      method: 'GET',
      path,
      access: 'public',
    })
    await http.fastify.close()
  })
})
