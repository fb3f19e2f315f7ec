import { once } from 'node:events'
import { scopes } from '@pharos/contract/vocabulary.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { send, sendJson } from '../../support/http-request.ts'
import { postLog } from './post-log.ts'
import { idsOf, openingOf, postTold, StreamClient } from './stream-client.ts'

const upgrade = {
  connection: 'keep-alive, Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
}

describe.each(['sqlite', 'postgres'] as const)('The socket /logs/stream [%s]', (dialect) => {
  let app: TestApp
  let admin: string
  let count = 0
  beforeAll(async () => {
    app = await startTestApp({ dialect, settings: { auth: 'required' } })
    admin = await app.createKey(...scopes)
  })
  afterAll(() => app.stop())

  /** The key of an engine that has logged before. */
  async function engineKey(name: string): Promise<string> {
    const key = `engine ${name} ${(count += 1)}`
    await postTold(app.url, { request_id: `first of ${key}`, user_api_key: key }, admin)
    return key
  }
  const nextId = (): string => `log ${(count += 1)}`

  async function keyRoute(method: string, value: object): Promise<Record<string, unknown>> {
    const headers = { 'x-api-key': admin }
    const reply = await sendJson(app.url, { method, path: '/auth/keys', headers, value })
    expect(reply.status, reply.text).toBe(200)
    return JSON.parse(reply.text) as Record<string, unknown>
  }
  async function keyNumber(name: string): Promise<unknown> {
    const headers = { 'x-api-key': admin }
    const reply = await send(app.url, { path: '/auth/keys', headers })
    const { keys } = JSON.parse(reply.text) as { keys: { id: unknown; name: string }[] }
    return keys.find((key) => key.name === name)?.id
  }

  test('tells a log to its owner and to admins, in the nine members of a list', async () => {
    const [ann, bob] = [await engineKey('ann'), await engineKey('bob')]
    using ofAdmin = await StreamClient.open(app.url, admin)
    using ofAnn = await StreamClient.open(app.url, ann)
    using ofBob = await StreamClient.open(app.url, bob)
    const id = nextId()
    await postLog(app.url, {
      request_id: id,
      user_api_key: ann,
      created_at: '2026-11-21T02:20:31.5Z',
      completed_at: '2026-11-21T02:20:32Z',
      model: 'm/opener@secret-key',
      final_text: 'a ship',
    })
    const data = {
      request_id: id,
      created_ts: '2026-11-21T02:20:31.500Z',
      finished_ts: '2026-11-21T02:20:32Z',
      model_id: 'm/opener',
      user_api_key: null,
      final_text: 'a ship',
      total_steps: 2,
      favorited_by: [],
      discussion_count: 0,
    }
    expect(await ofAnn.takeOne()).toEqual(data)
    expect(await ofAdmin.takeOne()).toEqual({ ...data, user_api_key: ann })
    const last = nextId()
    await postLog(app.url, { request_id: last, user_api_key: bob })
    expect(idsOf(await ofBob.takeUntil(last))).toEqual([last])
    expect(idsOf(await ofAdmin.takeUntil(last))).toEqual([last])
    expect(ofAnn.frames).toEqual([])
  })

  test('tells a log without an owner to admins and to keys of the team, without keys', async () => {
    const ann = await engineKey('ann')
    using ofAdmin = await StreamClient.open(app.url, admin)
    using ofTeam = await StreamClient.open(app.url, await app.createKey('logs:read'))
    using ofAnn = await StreamClient.open(app.url, ann)
    const { api_key: unlabelled } = await keyRoute('POST', { name: 'no label' })
    using ofNobody = await StreamClient.open(app.url, String(unlabelled))
    const [ownerless, last] = [nextId(), nextId()]
    await postLog(app.url, { request_id: ownerless })
    await postLog(app.url, { request_id: last, user_api_key: ann })
    expect(idsOf(await ofAdmin.takeUntil(last))).toEqual([ownerless, last])
    const seen = await ofTeam.takeUntil(last)
    expect(idsOf(seen)).toEqual([ownerless, last])
    expect(seen).toMatchObject([{ data: { user_api_key: null } }, { data: { user_api_key: null } }])
    expect(idsOf(await ofAnn.takeUntil(last))).toEqual([last])
    expect(ofNobody.frames).toEqual([])
  })

  test('tells a key with a label what was logged under the label', async () => {
    const ann = await engineKey('ann')
    const { api_key: minted } = await keyRoute('POST', { name: 'ann', allowed_api_key: ann })
    using client = await StreamClient.open(app.url, String(minted))
    using again = await StreamClient.open(app.url, undefined, {
      headers: { 'x-api-key': String(minted) },
    })
    const id = nextId()
    await postLog(app.url, { request_id: id, user_api_key: ann })
    expect((await client.takeOne()).user_api_key).toBeNull()
    expect((await again.takeOne()).request_id).toBe(id)
  })

  test('tells a log that comes again once more, as it is then', async () => {
    const ann = await engineKey('ann')
    using client = await StreamClient.open(app.url, ann)
    const id = nextId()
    await postLog(app.url, { request_id: id, user_api_key: ann, final_text: 'one' })
    expect((await client.takeOne()).final_text).toBe('one')
    const headers = { 'x-api-key': ann }
    const comment = { username: 'ann', comment: 'look' }
    await sendJson(app.url, {
      path: `/logs/${encodeURIComponent(id)}/discussions`,
      headers,
      value: comment,
    })
    const long = 'x'.repeat(100_000)
    await postLog(app.url, { request_id: id, user_api_key: ann, final_text: long })
    const told = await client.takeOne()
    expect(told.final_text === long).toBe(true)
    expect(told.discussion_count).toBe(1)
  })

  test('keeps the order of storage while many post at once, and loses nothing', async () => {
    const [ann, bob] = [await engineKey('ann'), await engineKey('bob')]
    using ofAdmin = await StreamClient.open(app.url, admin)
    using ofAnn = await StreamClient.open(app.url, ann)
    const ids = Array.from({ length: 100 }, nextId)
    await Promise.all(
      ids.map((id, index) =>
        postLog(app.url, { request_id: id, user_api_key: index % 2 === 0 ? ann : bob }),
      ),
    )
    const last = nextId()
    await postLog(app.url, { request_id: last, user_api_key: ann })
    const all = idsOf(await ofAdmin.takeUntil(last))
    expect(new Set(all)).toEqual(new Set([...ids, last]))
    expect(all).toHaveLength(ids.length + 1)
    const ofHers = new Set<string | number>(ids.filter((_, index) => index % 2 === 0)).add(last)
    expect(idsOf(await ofAnn.takeUntil(last))).toEqual(all.filter((id) => ofHers.has(id)))
  })

  test('ignores what a client sends, answers a ping and echoes a close', async () => {
    const ann = await engineKey('ann')
    using client = await StreamClient.open(app.url, ann)
    for (const message of ['', 'hello', '{"action":"subscribe"}', Buffer.from([0, 1])]) {
      client.socket.send(message)
    }
    const pong = once(client.socket, 'pong')
    client.socket.ping('x')
    expect(String((await pong)[0])).toBe('x')
    const id = nextId()
    await postLog(app.url, { request_id: id, user_api_key: ann })
    expect((await client.takeOne()).request_id).toBe(id)
    client.socket.close(4000)
    expect(await client.closed).toBe(4000)
  })

  test('ends the sockets of a key that was revoked or lost its powers, and no others', async () => {
    const ann = await engineKey('ann')
    const made = [
      { name: `revoked ${nextId()}`, allowed_api_key: ann },
      { name: `relabelled ${nextId()}`, allowed_api_key: ann },
      { name: `demoted ${nextId()}`, is_admin: true },
      { name: `staying ${nextId()}`, allowed_api_key: ann },
    ]
    const numbers: unknown[] = []
    const clients: StreamClient[] = []
    for (const key of made) {
      const { api_key: secret } = await keyRoute('POST', key)
      numbers.push(await keyNumber(key.name))
      clients.push(await StreamClient.open(app.url, String(secret)))
    }
    const [revoked, relabelled, demoted, staying] = clients
    await keyRoute('DELETE', { id: numbers[0] })
    await keyRoute('PUT', { id: numbers[1], allowed_api_key: 'somebody else' })
    await keyRoute('PUT', { id: numbers[2], is_admin: false })
    expect(await revoked?.closed).toBe(1008)
    expect(await relabelled?.closed).toBe(1008)
    expect(await demoted?.closed).toBe(1008)
    const id = nextId()
    await postLog(app.url, { request_id: id, user_api_key: ann })
    expect((await staying?.takeOne())?.request_id).toBe(id)
    for (const client of clients) client[Symbol.dispose]()
  })

  test('wants a key that may read logs, whatever page opens it', async () => {
    const ann = await engineKey('ann')
    const deaf = await app.createKey('traces:read')
    for (const key of [undefined, 'nobody', '', 'ключ']) {
      const { status, text } = await openingOf(app.url, key)
      expect(status, key).toBe(401)
      expect(JSON.parse(text)).toMatchObject({ error: expect.stringMatching(/^unauthorized: /) })
    }
    const refused = await openingOf(app.url, deaf)
    expect(refused.status).toBe(403)
    expect(JSON.parse(refused.text)).toMatchObject({ error: expect.stringMatching(/^forbidden: /) })
    const two = await openingOf(app.url, ann, { headers: { 'x-api-key': admin } })
    expect(two.status).toBe(401)
    expect(await openingOf(app.url, ann, { origin: 'http://page.example' })).toMatchObject({
      status: 101,
    })
  })

  test('lets a key in at the moment of its first log', async () => {
    const key = `brand new ${nextId()}`
    expect((await openingOf(app.url, key)).status).toBe(401)
    await postLog(app.url, { request_id: nextId(), user_api_key: key })
    expect((await openingOf(app.url, key)).status).toBe(101)
  })

  test('says in plain text why a request cannot become a socket, before it asks for a key', async () => {
    const { connection, upgrade: protocol, ...rest } = upgrade
    const broken: Record<string, string>[] = [
      {},
      rest,
      { ...rest, connection, upgrade: 'h2c' },
      { ...upgrade, 'sec-websocket-version': '8' },
      { connection, upgrade: protocol, 'sec-websocket-version': '13' },
      { ...upgrade, 'sec-websocket-key': 'short' },
    ]
    for (const headers of broken) {
      const reply = await send(app.url, { path: '/logs/stream', headers })
      expect(reply.status, JSON.stringify(headers)).toBe(400)
      expect(reply.headers['content-type']).toBe('text/plain; charset=utf-8')
      expect(reply.headers['access-control-allow-origin']).toBe('*')
      expect(reply.text).toMatch(/^The header /)
    }
    const noKey = await send(app.url, { path: '/logs/stream/', headers: upgrade })
    expect(noKey.status).toBe(401)
    expect(noKey.headers['access-control-allow-origin']).toBe('*')
    const posted = await send(app.url, { method: 'POST', path: '/logs/stream' })
    expect(posted).toMatchObject({ status: 405, text: '' })
    const asked = await send(app.url, { method: 'OPTIONS', path: '/logs/stream' })
    expect(asked).toMatchObject({ status: 200, text: '' })
  })
})
