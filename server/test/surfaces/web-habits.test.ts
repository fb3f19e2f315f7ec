import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { send, sendJson, type Received } from '../support/http-request.ts'

/** What browsers are told of every reply. Source: bodhi contract §3.10 and §10.1. */
describe('What browsers are told', () => {
  let server: TestApp
  beforeAll(async () => {
    server = await startTestApp()
    const value = { id: 'kept', title: 'Kept' }
    await sendJson(server.url, { path: '/bodhi/v1/conversations', value })
  })
  afterAll(() => server.stop())

  const get = (path: string, headers = {}) => send(server.url, { path, headers })
  const eachRoute = async (use: (route: string, reply: Received) => void) => {
    const headers = { accept: 'text/html', 'accept-encoding': 'gzip, br' }
    const routes = server.app.mounted.filter(
      ({ kind, method, path }) => kind === 'http' && method === 'GET' && path !== '/logs/stream',
    )
    for (const { path } of routes) {
      use(path, await get(path.replaceAll(/\{\w+\}/g, 'none'), headers))
    }
    expect(routes.length).toBeGreaterThan(80)
  }

  test('every reply keeps its type, is shown in no foreign frame and names no page', async () => {
    await eachRoute((route, { headers }) => {
      const [type, referrer] = [headers['x-content-type-options'], headers['referrer-policy']]
      expect([route, type, referrer]).toEqual([route, 'nosniff', 'no-referrer'])
      expect([route, headers['x-frame-options']]).toEqual([
        route,
        expect.toBeOneOf(['DENY', 'SAMEORIGIN']),
      ])
    })
  })

  test('every page says what it may load, and runs no script that is written in it', async () => {
    const pages: string[] = []
    await eachRoute((route, { headers }) => {
      if (!(headers['content-type'] ?? '').startsWith('text/html')) return
      pages.push(route)
      const policy = String(headers['content-security-policy'])
      expect([route, policy]).toEqual([route, expect.stringContaining("default-src 'none'")])
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toMatch(/script-src[^;]*unsafe/)
    })
    expect(pages).toEqual(expect.arrayContaining(['/', '/docs', '/redoc', '/swagger-ui']))
    const preview = await get('/playground', { 'user-agent': 'Twitterbot/1.0' })
    expect(preview.headers['content-type']).toContain('text/html')
    expect(preview.headers['content-security-policy']).toContain("default-src 'none'")
  })

  test('nothing is compressed, streams least of all', async () => {
    await eachRoute((route, { headers }) => {
      expect([route, headers['content-encoding']]).toEqual([route, undefined])
    })
  })

  const tagged = [
    '/bodhi/v1/info',
    '/bodhi/v1/models',
    '/bodhi/v1/modelfiles',
    '/bodhi/v1/models/files',
    '/bodhi/v1/settings',
    '/bodhi/v1/preferences',
    '/bodhi/v1/conversations',
    '/bodhi/v1/conversations/kept',
    '/v1/models',
  ]

  test.each(tagged)('GET %s is sent once', async (path) => {
    const first = await get(path)
    expect(first.status).toBe(200)
    expect(first.headers).toMatchObject({
      etag: expect.stringMatching(/^W\/"[\w-]+"$/),
      'cache-control': 'private, no-cache',
    })
    for (const name of ['Cookie', 'Authorization']) expect(first.headers.vary).toContain(name)
    const again = await get(path, { 'if-none-match': String(first.headers.etag) })
    expect([again.status, again.text, again.headers.etag]).toEqual([304, '', first.headers.etag])
    for (const name of ['cache-control', 'vary', 'x-request-id']) {
      expect([name, again.headers[name]]).toEqual([name, expect.any(String)])
    }
    expect((await get(path, { 'if-none-match': 'W/"other"' })).text).toBe(first.text)
  })

  test('a tag opens nothing to who may not read', async () => {
    const key = await server.createKey('traces:read')
    const { headers: tags } = await get('/bodhi/v1/conversations/kept')
    const headers = { 'if-none-match': String(tags.etag), authorization: `Bearer ${key}` }
    expect((await get('/bodhi/v1/conversations/kept', headers)).status).toBe(403)
    const other = await server.createKey('conversations:own')
    const theirs = { ...headers, authorization: `Bearer ${other}` }
    expect((await get('/bodhi/v1/conversations/kept', theirs)).status).toBe(404)
  })

  const unkept = ['/bodhi/v1/tokens', '/bodhi/v1/user', '/api/v1/audit', '/app/login']

  test.each(unkept)('GET %s is kept by no cache', async (path) => {
    const { headers } = await get(path)
    expect([path, headers['cache-control'], headers.etag]).toEqual([path, 'no-store', undefined])
  })

  test('a new token is kept by no cache', async () => {
    const value = { name: 'mine', scope: 'scope_token_user' }
    const made = await sendJson(server.url, { path: '/bodhi/v1/tokens', value })
    expect([made.status, made.headers['cache-control']]).toEqual([201, 'no-store'])
  })
})

describe('A server with a public address', () => {
  const browser = 'text/html,application/xhtml+xml,*/*;q=0.8'
  const publicBaseUrl = 'https://pharos.lab'

  test('is shown under it to browsers, and to programs under every name', async () => {
    await using server = await startTestApp({ settings: { publicBaseUrl, auth: 'required' } })
    const asked = async (path: string, headers: Readonly<Record<string, string>>) => {
      const reply = await send(server.url, { path, headers })
      return reply.headers.location ?? reply.status
    }
    const other = { host: 'other.lab:7474', accept: browser }
    expect(await asked('/', other)).toBe(`${publicBaseUrl}/`)
    expect(await asked('/docs?a=%2F', other)).toBe(`${publicBaseUrl}/docs?a=%2F`)
    expect(await asked('/ui/chat', other)).toBe(`${publicBaseUrl}/ui/chat`)
    expect(await asked('/', { ...other, host: 'pharos.lab' })).toBe(200)
    expect(await asked('/', { accept: browser })).toBe(200)
    expect(await asked('/', { ...other, 'x-forwarded-host': 'pharos.lab' })).toBe(200)
    expect(await asked('/ping', other)).toBe(200)
    expect(await asked('/health', other)).toBe(200)
    expect(await asked('/bodhi/v1/info', { host: 'other.lab', accept: '*/*' })).toBe(200)
    expect(await asked('/v1/models', { host: 'other.lab' })).toBe(401)
  })

  test('goes by what a trusted proxy says of the name', async () => {
    const settings = { publicBaseUrl, trustProxy: ['loopback'] }
    await using server = await startTestApp({ settings })
    const asked = async (forwarded: string) => {
      const headers = { host: 'inside', accept: browser, 'x-forwarded-host': forwarded }
      return (await send(server.url, { path: '/docs', headers })).status
    }
    expect(await asked('pharos.lab')).toBe(200)
    expect(await asked('other.lab')).toBe(301)
  })

  test('sends nobody away where that is switched off', async () => {
    await using server = await startTestApp({
      settings: { publicBaseUrl, canonicalRedirect: false },
    })
    const headers = { host: 'other.lab', accept: browser }
    expect((await send(server.url, { path: '/docs', headers })).status).toBe(200)
  })
})
