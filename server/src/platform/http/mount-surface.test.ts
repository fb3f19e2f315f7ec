import { connect } from 'node:net'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  echo,
  exportThings,
  post,
  problemOf,
  readThing,
  serve,
  served,
  startSample,
  surfaceOf,
} from '../../../test/support/sample-http.ts'
import { DomainError } from '../domain-error.ts'
import { createHttp, type RequestDone } from './http.ts'
import { mountedRoutes, mountSurface } from './mount-surface.ts'

describe('a mounted route', () => {
  it('gets parsed input and answers plain JSON', async () => {
    await using server = await startSample()
    const { base } = server
    const reply = await post(base, JSON.stringify({ text: 'hé', more: 1 }))
    expect(reply.status).toBe(200)
    expect(reply.headers.get('content-type')).toBe('application/json')
    expect(reply.headers.get('x-content-type-options')).toBe('nosniff')
    expect(reply.headers.get('x-frame-options')).toBe('DENY')
    expect(reply.headers.get('referrer-policy')).toBe('no-referrer')
    expect(reply.headers.get('content-security-policy')).toBeNull()
    expect(await reply.json()).toEqual({ text: 'hé' })
  })

  it('decodes path parameters and takes the last of a repeated query key', async () => {
    await using server = await startSample()
    const { base } = server
    const reply = await fetch(`${base}/v1/things/a%20b%C3%A9?limit=1&limit=2+3`)
    expect(await reply.json()).toEqual({ id: 'a bé', limit: '2 3', caller: 'someone' })
  })

  it('takes the rest of a path where its last parameter may hold slashes', async () => {
    const path = '/v1/rest/{thing_id}'
    const answer = ({ params }: { params: { thing_id: string } }) => ({
      status: 200 as const,
      body: { id: params.thing_id, limit: null, caller: '' },
    })
    await using server = await startSample([
      serve({ ...readThing, path }, answer, { takesRestOfPath: true }),
    ])
    const idAt = async (place: string): Promise<unknown> =>
      ((await (await fetch(server.base + place)).json()) as { id?: string }).id
    expect(await idAt('/v1/rest/a:b?limit=1')).toBe('a:b')
    expect((await fetch(`${server.base}/v1/rest/`)).status).toBe(422)
    expect((await fetch(`${server.base}/v1/rest/a`, { method: 'PUT' })).status).toBe(422)
    expect(mountedRoutes(server.http).map((route) => route.path)).toEqual([path])
  })

  it('takes an id of a thousand characters and answers 404 to a longer one', async () => {
    await using server = await startSample()
    const { base } = server
    expect((await fetch(`${base}/v1/things/${'x'.repeat(1000)}`)).status).toBe(200)
    const reply = await fetch(`${base}/v1/things/${'x'.repeat(1100)}`)
    expect(await problemOf(reply)).toEqual({ kind: 'unknown-path' })
  })

  it('lets a literal segment win over a parameter', async () => {
    await using server = await startSample()
    const { base } = server
    const reply = await fetch(`${base}/v1/things/export`)
    expect(reply.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(reply.headers.get('content-disposition')).toBe('attachment; filename="things.csv"')
    expect(await reply.text()).toBe('a,b\r\n')
  })

  it('sends JSON that is ready, as text or as bytes', async () => {
    const path = '/v1/ready'
    const route = { ...exportThings, path, reply: { 200: z.unknown() } } as const
    const bytes = new TextEncoder().encode('[1,2]')
    await using server = await startSample([
      serve(route, () => ({ status: 200, json: bytes })),
      serve({ ...route, path: '/v1/text' }, () => ({ status: 200, json: '[3]' })),
    ])
    const { base } = server
    const reply = await fetch(base + path)
    expect(reply.headers.get('content-type')).toBe('application/json')
    expect(reply.headers.get('content-length')).toBe('5')
    expect(await reply.json()).toEqual([1, 2])
    const text = await fetch(`${base}/v1/text`)
    expect(text.headers.get('content-type')).toBe('application/json')
    expect(await text.json()).toEqual([3])
  })

  it('carries its request id twice and keeps a sane one', async () => {
    await using server = await startSample()
    const { base } = server
    const kept = await post(base, '{}', { 'x-request-id': 'abc-1' })
    expect(kept.headers.get('x-request-id')).toBe('abc-1')
    expect(kept.headers.get('request-id')).toBe('abc-1')
    const made = await post(base, '{}', { 'x-request-id': 'a b"c' })
    expect(made.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/)
    expect(made.headers.get('request-id')).toBe(made.headers.get('x-request-id'))
  })

  it('answers 500 in the words of the surface when its handler breaks', async () => {
    await using server = await startSample([
      serve(echo, () => {
        throw new TypeError('secret detail')
      }),
    ])
    const { base } = server
    const reply = await post(base, '{"text":""}')
    expect(reply.status).toBe(500)
    expect(await reply.json()).toEqual({ detail: 'Internal Server Error' })
  })

  it('is refused for a caller before its body is looked at', async () => {
    await using server = await startSample()
    const { base } = server
    const reply = await fetch(`${base}/v1/secret`, { method: 'POST', body: 'no json' })
    expect(reply.status).toBe(401)
    expect(await reply.json()).toEqual({ detail: 'who are you' })
  })

  it('may refuse before its body is read, in a form that is no JSON', async () => {
    const admit = (): void => {
      throw new DomainError('unavailable', 'not now')
    }
    const toErrorReply = (error: unknown) => ({
      status: 503,
      text: error instanceof DomainError ? Buffer.from(error.message) : '',
      contentType: 'application/octet-stream',
      headers: { 'retry-after': '7' },
    })
    const http = createHttp({ logger: pino({ level: 'silent' }) })
    const routes = [serve(echo, () => ({ status: 200, body: { text: '' } }), { admit })]
    mountSurface(http, { ...surfaceOf(routes), toErrorReply })
    const reply = await http.fastify.inject({ method: 'POST', url: '/v1/echo', payload: 'no json' })
    expect(reply.statusCode).toBe(503)
    expect(reply.headers['content-type']).toBe('application/octet-stream')
    expect(reply.headers['retry-after']).toBe('7')
    expect(reply.body).toBe('not now')
    await http.fastify.close()
  })

  it('is told when its client leaves', async () => {
    const entered = Promise.withResolvers<AbortSignal>()
    const left = Promise.withResolvers<unknown>()
    await using server = await startSample([
      serve(echo, async ({ signal }) => {
        signal.addEventListener('abort', () => left.resolve(signal.reason))
        entered.resolve(signal)
        await left.promise
        return { status: 200, body: { text: '' } }
      }),
    ])
    const { port } = server
    const socket = connect(port, '127.0.0.1')
    const head = 'POST /v1/echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'
    socket.write(`${head}content-length: 11\r\n\r\n{"text":""}`)
    expect((await entered.promise).aborted).toBe(false)
    socket.destroy()
    expect(await left.promise).toMatchObject({ code: 'cancelled' })
  })

  it('is observed with its template', async () => {
    const seen: RequestDone[] = []
    await using server = await startSample(served, { observe: (done) => seen.push(done) })
    const { base } = server
    await fetch(`${base}/v1/things/1`)
    await fetch(`${base}/nowhere`)
    await expect.poll(() => seen.length).toBe(2)
    expect(seen).toMatchObject([
      { surface: 'sample', route: '/v1/things/{thing_id}', method: 'GET', status: 200 },
      { surface: 'none', route: 'unrouted', method: 'GET', status: 422 },
    ])
  })

  it('cannot be mounted twice', async () => {
    const http = createHttp({ logger: pino({ level: 'silent' }) })
    mountSurface(http, surfaceOf(served))
    const other = { ...readThing, path: '/v1/things/{id}' } as const
    const rival = serve(other, () => ({ status: 200, body: { id: '', limit: null, caller: '' } }))
    expect(() => mountSurface(http, { ...surfaceOf([rival]), name: 'rival' })).toThrow(
      'GET /v1/things/{id} of rival is already answered by /v1/things/{thing_id} of sample',
    )
    await http.fastify.close()
  })

  it('is listed for sweeps', async () => {
    await using server = await startSample()
    const { http } = server
    expect(mountedRoutes(http)).toContainEqual({
      surface: 'sample',
      kind: 'http',
      method: 'POST',
      path: '/v1/secret',
      access: 'secret',
    })
  })
})
