import { createServer, connect, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import {
  echo,
  post,
  serve,
  served,
  startSample,
  surfaceOf,
} from '../../../test/support/sample-http.ts'
import { createHttp } from './http.ts'
import { listen } from './listen.ts'
import { mountSurface } from './mount-surface.ts'
import type { Http } from './mounted-route.ts'

function sample(): Http {
  const http = createHttp({ logger: pino({ level: 'silent' }) })
  mountSurface(http, surfaceOf(served))
  return http
}

async function occupy(host: string, port: number): Promise<Server & AsyncDisposable> {
  const server = createServer()
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen({ host, port }, resolve)
  await promise
  return server
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

describe('listening', () => {
  it('answers on both loopback addresses with one port', async () => {
    await using listening = await listen(sample(), { hosts: ['localhost'], port: 0 })
    const [first, second] = listening.addresses
    expect(listening.addresses.map(({ host }) => host)).toEqual(['127.0.0.1', '::1'])
    expect(second!.port).toBe(first!.port)
    for (const { url } of listening.addresses) {
      expect((await post(url, '{"text":"x"}')).status).toBe(200)
    }
  })

  it('takes several hosts and the same one twice', async () => {
    const hosts = ['127.0.0.1', '127.0.0.2', 'localhost']
    await using listening = await listen(sample(), { hosts, port: 0 })
    const seen = listening.addresses.map(({ host }) => host)
    expect(seen).toEqual(['127.0.0.1', '127.0.0.2', '::1'])
  })

  it('says in one line that a port is taken, and leaves nothing open', async () => {
    await using taken = await occupy('127.0.0.2', 0)
    const port = portOf(taken)
    const options = { hosts: ['127.0.0.1', '127.0.0.2'], port }
    await expect(listen(sample(), options)).rejects.toMatchObject({
      name: 'DomainError',
      code: 'unavailable',
      message: `port ${port} is already in use on 127.0.0.2`,
    })
    await using free = await occupy('127.0.0.1', port)
    expect(free.listening).toBe(true)
  })

  it('does not share localhost with another server on ::1', async () => {
    await using taken = await occupy('::1', 0)
    const listening = listen(sample(), { hosts: ['localhost'], port: portOf(taken) })
    await expect(listening).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('says that a host is not ours', async () => {
    const listening = listen(sample(), { hosts: ['203.0.113.1'], port: 0 })
    await expect(listening).rejects.toThrow('203.0.113.1 is not an address of this machine')
  })
})

describe('closing', () => {
  it('lets a request finish and refuses new connections', async () => {
    const entered = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    await using server = await startSample([
      serve(echo, async ({ body }) => {
        entered.resolve()
        await gate.promise
        return { status: 200, body }
      }),
    ])
    const reply = post(server.base, '{"text":"late"}')
    await entered.promise
    const closed = server.listening.close()
    await expect.poll(() => reaches(server.port)).toBe(false)
    gate.resolve()
    expect(await (await reply).json()).toEqual({ text: 'late' })
    await closed
  })

  it('closes connections that are kept alive, on every host', async () => {
    const listening = await listen(sample(), { hosts: ['localhost'], port: 0, drainMs: 60_000 })
    for (const { url } of listening.addresses) await (await post(url, '{"text":""}')).text()
    await listening.close()
    expect(await reaches(listening.addresses[0]!.port)).toBe(false)
  })

  it('cuts off what does not end', async () => {
    const entered = Promise.withResolvers<void>()
    await using server = await startSample([
      serve(echo, () => {
        entered.resolve()
        return sleep(60_000, { status: 200 as const, body: { text: '' } }, { ref: false })
      }),
    ])
    const reply = post(server.base, '{"text":""}').catch((error: unknown) => error)
    await entered.promise
    await server.listening.close()
    expect(await reply).toBeInstanceOf(TypeError)
  })
})

async function reaches(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(port, '127.0.0.1')
    .on('connect', () => resolve(true))
    .on('error', () => resolve(false))
  try {
    return await promise
  } finally {
    socket.destroy()
  }
}
