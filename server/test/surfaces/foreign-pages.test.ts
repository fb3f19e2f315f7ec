import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeHome, type Home, type RunningServer } from '../cli/pharos.ts'
import { send, sendJson } from '../support/http-request.ts'

/** What only the owner may see. */
const word = 'planted-by-the-owner'
const rebound = 'rebound.example:7474'
const evil = 'https://evil.example'

/** Whoever is not the owner of an open server, though his browser or proxy is on the same machine. */
const strangers: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['a page of another site', { origin: evil }],
  ['a page of another site in a new browser', { origin: evil, 'sec-fetch-site': 'cross-site' }],
  ['a picture on another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
  [
    'a form on another site',
    { origin: evil, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
  ],
  ['a page without an origin', { origin: 'null' }],
  ['a rebound host name', { host: rebound, origin: `http://${rebound}` }],
  ['a rebound host name that is silent', { host: rebound, 'sec-fetch-site': 'same-origin' }],
  ['a name that begins like this machine', { host: '127.0.0.1.evil.example' }],
  ['a proxy that speaks for somebody', { 'x-forwarded-for': '127.0.0.1' }],
]

const reads = [
  '/bodhi/v1/conversations',
  '/bodhi/v1/conversations/planted',
  '/bodhi/v1/models',
  '/bodhi/v1/modelfiles',
  '/bodhi/v1/tokens',
  '/bodhi/v1/settings',
  '/bodhi/v1/preferences',
  '/api/v1/audit',
  '/api/v1/audit?format=csv',
  '/api/v1/connections',
  '/v1/models',
  '/api/tags',
  '/v1/traces',
  '/logs',
]

const token = { name: word, scope: 'scope_token_user' }
const writes: readonly (readonly [method: string, path: string, body: unknown])[] = [
  ['POST', '/bodhi/v1/setup', { authz: false }],
  ['POST', '/bodhi/v1/conversations', { title: 'stolen' }],
  ['PUT', '/bodhi/v1/conversations/planted', { title: 'stolen', messages: [] }],
  ['DELETE', '/bodhi/v1/conversations/planted', undefined],
  ['DELETE', '/bodhi/v1/conversations', undefined],
  ['POST', '/bodhi/v1/tokens', token],
  ['PUT', '/bodhi/v1/settings/BODHI_KEEP_ALIVE_SECS', { value: 301 }],
  ['DELETE', '/bodhi/v1/settings/BODHI_KEEP_ALIVE_SECS', undefined],
  ['POST', '/api/v1/connections?skip_test=true', connection('stolen')],
  ['DELETE', `/api/v1/connections/${word}`, undefined],
  ['POST', '/auth/bootstrap', { name: 'stolen', secret: '' }],
  ['POST', '/v1/chat/completions', { model: 'x', messages: [{ role: 'user', content: 'hi' }] }],
]

function connection(name: string) {
  return { name, kind: 'openai-compatible', base_url: 'http://127.0.0.1:9', api_key: 'sk-none' }
}

describe('An open server in a process of its own', () => {
  let home: Home
  let server: RunningServer
  beforeAll(async () => {
    home = await makeHome()
    server = await home.start()
    const { url } = server
    const planted = { id: 'planted', title: word, messages: [{ role: 'user', content: word }] }
    for (const [path, value] of [
      ['/bodhi/v1/conversations', planted],
      ['/bodhi/v1/tokens', token],
      ['/api/v1/connections?skip_test=true', connection(word)],
    ] as const) {
      expect(`${path} ${(await sendJson(url, { path, value })).status}`).toBe(`${path} 201`)
    }
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await home[Symbol.asyncDispose]()
  })

  /** All that its owner sees; what time alone changes is left out. */
  const everything = async () => {
    const paths = [...reads.filter((path) => !path.includes('csv')), '/bodhi/v1/info']
    const replies = await Promise.all(paths.map((path) => send(server.url, { path })))
    return replies.map(({ status, text }) => `${status} ${text}`)
  }

  test('shows its owner what is there', async () => {
    const seen = await everything()
    expect(seen.filter((reply) => !reply.startsWith('200'))).toEqual([])
    expect(seen.filter((reply) => reply.includes(word)).length).toBeGreaterThanOrEqual(5)
  })

  test.each(strangers)('tells %s nothing', async (_who, headers) => {
    for (const path of reads) {
      const reply = await send(server.url, { path, headers })
      expect(`${path} ${reply.status}`).toBe(`${path} 401`)
      expect(reply.text).not.toContain(word)
      const readable = reply.headers['access-control-allow-origin']
      expect([path, readable]).toEqual([path, path === '/logs' ? '*' : undefined])
    }
    const who = await send(server.url, { path: '/bodhi/v1/user', headers })
    expect(JSON.parse(who.text)).toMatchObject({ logged_in: false, roles: [] })
  })

  test.each(strangers)('lets %s change nothing', async (_who, headers) => {
    const before = await everything()
    for (const [method, path, value] of writes) {
      const body = value === undefined ? undefined : JSON.stringify(value)
      const type = { 'content-type': 'application/json' }
      const sent = { method, path, headers: { ...type, ...headers }, ...(body && { body }) }
      const { status, text } = await send(server.url, sent)
      expect([401, 403], `${method} ${path} ${text}`).toContain(status)
    }
    expect(await everything()).toEqual(before)
  })

  test('grants a page of another site no request that its browser asks about', async () => {
    for (const [method, path] of writes) {
      const headers = {
        origin: evil,
        'access-control-request-method': method,
        'access-control-request-headers': 'content-type',
      }
      const reply = await send(server.url, { method: 'OPTIONS', path, headers })
      const isThunder = path.startsWith('/auth/')
      expect([path, reply.headers['access-control-allow-origin']]).toEqual([
        path,
        isThunder ? '*' : undefined,
      ])
      expect(reply.headers['access-control-allow-credentials']).toBeUndefined()
    }
  })
})
