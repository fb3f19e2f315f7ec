import { describe, expect, it } from 'vitest'
import {
  exportThings,
  problemOf,
  sendRaw,
  serve,
  served,
  startSample,
  uploadThing,
} from '../../../test/support/sample-http.ts'
import type { CorsPolicy } from './cors.ts'

describe('a request that no route takes', () => {
  it('is unknown', async () => {
    await using server = await startSample()
    const { base } = server
    const reply = await fetch(`${base}/v1/nothing`)
    expect(await problemOf(reply)).toEqual({ kind: 'unknown-path' })
    expect(reply.headers.get('vary')).toBe('Origin')
    expect(reply.headers.get('x-request-id')).not.toBeNull()
  })

  it('is unknown in plain words when no surface is named', async () => {
    await using server = await startSample(served, { surfaceOfPath: () => '' })
    const { base } = server
    const reply = await fetch(`${base}/v1/nothing`)
    expect(reply.status).toBe(404)
    expect(await reply.json()).toEqual({ error: 'Not Found' })
  })

  it.each(['/v1/things/%', '/v1/things/%zz', '/v1/things/%ff', '//v1/echo', '/v1/things/a%2Fb'])(
    'as %s is unknown',
    async (path) => {
      await using server = await startSample()
      const { port } = server
      expect(JSON.parse((await sendRaw(port, { path })).text)).toEqual({
        detail: { kind: 'unknown-path' },
      })
    },
  )

  it.each(['DELETE', 'PATCH', 'PUT', 'GET', 'OPTIONS'])(
    'with the wrong method %s names the right ones',
    async (method) => {
      await using server = await startSample()
      const { base } = server
      const reply = await fetch(`${base}/v1/echo`, { method })
      expect(reply.headers.get('allow')).toBe('POST')
      expect(await problemOf(reply)).toEqual({ kind: 'method-not-allowed', allow: ['POST'] })
    },
  )

  it('names the methods of all templates that fit', async () => {
    await using server = await startSample()
    const { base } = server
    const reply = await fetch(`${base}/v1/things/export`, { method: 'DELETE' })
    expect(reply.headers.get('allow')).toBe('GET, PUT')
  })

  it('with HEAD is a wrong method where the surface does not say otherwise', async () => {
    await using server = await startSample()
    const { port } = server
    const reply = await sendRaw(port, { method: 'HEAD', path: '/v1/things/1' })
    expect(reply).toMatchObject({ status: 422, text: '', headers: { allow: 'GET, PUT' } })
  })

  it('with a slash too many is sent to the path without, query included', async () => {
    await using server = await startSample()
    const { port } = server
    const reply = await sendRaw(port, { method: 'POST', path: '/v1/echo/?a=1&b=%2F' })
    expect(reply).toMatchObject({ status: 307, headers: { location: '/v1/echo?a=1&b=%2F' } })
  })

  it.each(['//evil.example/', '/nothing/', '/', '//', '/v1//echo/'])(
    'as %s is not sent anywhere',
    async (path) => {
      await using server = await startSample()
      const { port } = server
      expect((await sendRaw(port, { path })).headers.location).toBeUndefined()
    },
  )

  it('of an empty parameter is unknown', async () => {
    await using server = await startSample([
      serve({ ...uploadThing, path: '/v1/a/{x}/b' }, () => ({ status: 200, body: { bytes: 0 } })),
    ])
    const { base } = server
    const reply = await fetch(`${base}/v1/a//b`, { method: 'PUT' })
    expect(await problemOf(reply)).toEqual({ kind: 'unknown-path' })
  })
})

describe('CORS', () => {
  const ours = 'http://localhost:5173'
  const ask = (method: string, origin: string) => ({
    origin,
    'access-control-request-method': method,
    'access-control-request-headers': 'content-type,x-other',
  })

  it('answers a preflight of an allowed origin', async () => {
    await using server = await startSample()
    const { port } = server
    const headers = ask('POST', ours)
    const reply = await sendRaw(port, { method: 'OPTIONS', path: '/v1/echo', headers })
    expect(reply).toMatchObject({
      status: 200,
      text: 'OK',
      headers: {
        'access-control-allow-origin': ours,
        'access-control-allow-methods': 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT',
        'access-control-allow-headers': 'content-type,x-other',
        'access-control-max-age': '600',
        vary: 'Origin',
      },
    })
  })

  it('refuses a preflight of another origin', async () => {
    await using server = await startSample()
    const { port } = server
    const headers = ask('POST', 'https://evil.example')
    const reply = await sendRaw(port, { method: 'OPTIONS', path: '/v1/echo', headers })
    expect(reply).toMatchObject({ status: 400, text: 'Disallowed CORS origin' })
    expect(reply.headers['access-control-allow-origin']).toBeUndefined()
  })

  it.each(['/v1/echo', '/v1/nothing', '/v1/things/1'])(
    'marks every reply of %s, errors too',
    async (path) => {
      await using server = await startSample()
      const { base } = server
      const allowed = await fetch(base + path, { headers: { origin: ours } })
      expect(allowed.headers.get('access-control-allow-origin')).toBe(ours)
      expect(allowed.headers.get('vary')).toBe('Origin')
      const foreign = await fetch(base + path, { headers: { origin: 'http://127.0.0.1:5173' } })
      expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
      expect(foreign.headers.get('vary')).toBe('Origin')
    },
  )

  it('may differ by route', async () => {
    const open: CorsPolicy = { origins: () => true, maxAgeSeconds: 1 }
    await using server = await startSample([
      serve(exportThings, () => ({ status: 200, text: '', contentType: 'text/csv' }), {
        cors: open,
      }),
    ])
    const { base } = server
    const reply = await fetch(base + exportThings.path, { headers: { origin: 'https://a.b' } })
    expect(reply.headers.get('access-control-allow-origin')).toBe('https://a.b')
  })
})
