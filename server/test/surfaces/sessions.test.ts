import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startTestApp, type TestApp } from '../support/app.ts'
import { send } from '../support/http-request.ts'
import { openingStatus } from '../support/live-client.ts'
import { endSession, logIn } from '../support/log-in.ts'

type Headers = Readonly<Record<string, string>>

const json = { 'content-type': 'application/json' }
const foreignPage = { origin: 'https://evil.example' }

describe.each(['sqlite', 'postgres'] as const)('A login at a server [%s]', (dialect) => {
  let server: TestApp
  beforeAll(async () => {
    server = await startTestApp({ dialect, settings: { auth: 'required' } })
  })
  afterAll(() => server.stop())

  const status = async (path: string, headers: Headers): Promise<number> =>
    (await send(server.url, { path, headers })).status

  test('is one on every surface, by cookie or bearer', async () => {
    const { cookie, token } = await logIn(server, 'admin')
    const paths = ['/v1/traces', '/logs', '/v1/models', '/api/tags', '/bodhi/v1/models', '/metrics']
    const shown: Headers[] = [
      { cookie },
      { cookie: `auth-token=${token}` },
      { authorization: `Bearer ${token}` },
    ]
    for (const path of paths) {
      for (const headers of shown) expect([path, await status(path, headers)]).toEqual([path, 200])
      expect(await status(path, {})).toBe(401)
      expect(await status(path, { cookie, authorization: 'Bearer nobody' })).toBe(401)
    }
  })

  test('ends everywhere at once', async () => {
    const { cookie, token, sessionId } = await logIn(server, 'viewer')
    expect(await status('/v1/traces', { cookie })).toBe(200)
    await endSession(server.app.context, sessionId)
    expect(await status('/v1/traces', { cookie })).toBe(401)
    expect(await status('/v1/traces', { authorization: `Bearer ${token}` })).toBe(401)
  })

  test('has the powers of the role of this moment', async () => {
    const { cookie, user } = await logIn(server, 'user')
    const path = '/bodhi/v1/queue'
    expect(await status(path, { cookie })).toBe(403)
    await server.app.context.db.write((tx) =>
      tx.db.updateTable('users').set({ role: 'power_user' }).where('id', '=', user.id).execute(),
    )
    expect(await status(path, { cookie })).toBe(200)
  })

  test('does nothing for a page of another site', async () => {
    const { cookie } = await logIn(server, 'admin')
    const ingest = (headers: Headers) =>
      send(server.url, {
        method: 'PUT',
        path: '/v1/traces/t/tags',
        headers: { ...json, ...headers },
        body: JSON.stringify({ tags: {} }),
      })
    expect((await ingest({ cookie })).status).toBe(404)
    expect((await ingest({ cookie, origin: server.url })).status).toBe(404)
    expect((await ingest({ cookie, ...foreignPage })).status).toBe(401)
    expect((await ingest({ cookie, 'sec-fetch-site': 'cross-site' })).status).toBe(401)
    expect(await status('/v1/traces', { cookie, 'sec-fetch-site': 'cross-site' })).toBe(401)
  })

  test('opens sockets for our own pages, and they close when it ends', async () => {
    const { cookie, sessionId } = await logIn(server, 'viewer')
    for (const path of ['/ws/live', '/logs/stream']) {
      expect(await openingStatus(server.url, path, { headers: { cookie } })).toBe(101)
      const headers = { cookie, ...foreignPage }
      expect(await openingStatus(server.url, path, { headers })).toBe(401)
    }
    const open = async (path: string): Promise<WebSocket> => {
      const socket = new WebSocket(server.url.replace('http', 'ws') + path, { headers: { cookie } })
      await once(socket, 'open')
      return socket
    }
    const sockets = await Promise.all(['/ws/live', '/logs/stream'].map(open))
    const closed = Promise.all(sockets.map((socket) => once(socket, 'close')))
    await endSession(server.app.context, sessionId)
    for (const [code, reason] of await closed) {
      expect([code, String(reason)]).toEqual([1008, 'the login has ended'])
    }
  })

  test('leaves its address and request beside what it did', async () => {
    const { cookie, user } = await logIn(server, 'admin')
    const reply = await send(server.url, {
      method: 'POST',
      path: '/auth/keys',
      headers: { ...json, cookie },
      body: JSON.stringify({ name: 'audited' }),
    })
    expect(reply.status).toBe(200)
    const rows = await server.app.context.db.read((tx) =>
      tx.db.selectFrom('audit_log').selectAll().where('actor_id', '=', user.id).execute(),
    )
    expect(rows).toMatchObject([
      {
        actor_kind: 'session',
        action: 'api-key.create',
        ip: '127.0.0.1',
        request_id: reply.headers['x-request-id'],
      },
    ])
  })

  test('is noted, with the address of keys that were used', async () => {
    const { cookie, sessionId } = await logIn(server, 'viewer')
    const { db, keyUsage, sessionUse } = server.app.context
    const seen = () =>
      db.read((tx) =>
        tx.db
          .selectFrom('sessions')
          .select('last_seen_at')
          .where('id', '=', sessionId)
          .executeTakeFirstOrThrow(),
      )
    await db.write((tx) =>
      tx.db.updateTable('sessions').set({ last_seen_at: 5 }).where('id', '=', sessionId).execute(),
    )
    expect(await status('/v1/traces', { cookie })).toBe(200)
    await sessionUse.flush()
    expect((await seen()).last_seen_at).toBeGreaterThan(1_000_000_000)
    const key = await server.createKey('traces:read')
    expect(await status('/v1/traces', { 'x-api-key': key })).toBe(200)
    await keyUsage.flush()
    const used = await db.read((tx) =>
      tx.db.selectFrom('api_keys').select('last_ip').where('request_count', '=', 1).execute(),
    )
    expect(used).toEqual([{ last_ip: '127.0.0.1' }])
  })
})

describe('An open server on this machine', () => {
  let server: TestApp
  beforeAll(async () => {
    server = await startTestApp()
  })
  afterAll(() => server.stop())

  const status = async (path: string, headers: Headers): Promise<number> =>
    (await send(server.url, { path, headers })).status

  test('narrows its owner to who is logged in, until that ends', async () => {
    const { cookie, sessionId } = await logIn(server, 'viewer')
    expect(await status('/v1/settings/api-keys', {})).toBe(200)
    expect(await status('/v1/settings/api-keys', { cookie })).toBe(403)
    await endSession(server.app.context, sessionId)
    expect(await status('/v1/settings/api-keys', { cookie })).toBe(200)
  })

  test('falls to the login where a gateway ignores the key beside it', async () => {
    const { cookie } = await logIn(server, 'viewer')
    const ask = (headers: Headers) =>
      send(server.url, {
        method: 'POST',
        path: '/v1/embeddings',
        headers: { ...json, authorization: 'Bearer sk-anything', ...headers },
        body: JSON.stringify({ model: 'none', input: 'x' }),
      })
    expect((await ask({ cookie })).status).toBe(403)
    expect((await ask({})).status).toBe(404)
    const unknown = { cookie, authorization: 'Bearer sk-anything' }
    expect(await status('/v1/traces', unknown)).toBe(401)
  })
})
