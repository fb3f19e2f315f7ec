import { scopes } from '@pharos/contract/vocabulary.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { send, sendJson } from '../../support/http-request.ts'
import { dropPostgres, freshPostgresUrl } from '../../support/postgres.ts'

const engineKey = 'engine-Zq81xW-4tPv-77Lm-cN20'
const otherKey = 'others-Kd93rB-1hYs-50Qe-uF68'

/** A small log as an engine elsewhere sends it: with its key in the name of the mod as well. */
async function postLog(url: string, requestId: string, key = engineKey): Promise<void> {
  const request = {
    request_id: requestId,
    model: `owner/tiny/guide@${key}`,
    active_mod_name: `guide@${key}`,
    mod: `guide@${key}`,
    user_api_key: key,
    user_prompt: 'Name one prime.',
    final_text: '7.',
  }
  const { status, text } = await sendJson(url, {
    path: '/v1/ingest',
    value: { request, events: [] },
  })
  expect(status, text).toBe(201)
}

async function call(
  url: string,
  line: string,
  { key, value = {} }: { readonly key?: string; readonly value?: unknown } = {},
): Promise<{ readonly status: number; readonly text: string; readonly headers: object }> {
  const [method = 'GET', path = '/'] = line.split(' ')
  const headers = key === undefined ? {} : { 'x-api-key': key }
  return method === 'GET'
    ? send(url, { method, path, headers })
    : sendJson(url, { method, path, headers, value })
}

function tokenIn(text: string): string {
  const { public_token: token } = JSON.parse(text) as { readonly public_token: string }
  return token
}

describe('Links beside a second server [postgres]', () => {
  test('live and die in both at once', async () => {
    const databaseUrl = await freshPostgresUrl()
    const shared = { databaseUrl, encryptionKey: Buffer.alloc(32, 7).toString('base64') }
    try {
      await using here = await startTestApp({ settings: shared })
      await using there = await startTestApp({ settings: shared })
      await postLog(here.url, 'far')
      const key = engineKey
      const made = await call(here.url, 'POST /collections', { key, value: { name: 'set' } })
      const { collection } = JSON.parse(made.text) as { collection: { id: number } }
      const set = `/collections/${collection.id}`
      const value = { request_id: 'far' }
      await call(here.url, `POST ${set}/requests`, { key, value })
      for (let round = 0; round < 3; round += 1) {
        const token = tokenIn((await call(here.url, 'POST /logs/far/public', { key })).text)
        const setToken = tokenIn((await call(here.url, `POST ${set}/public`, { key })).text)
        const pages = [
          `GET /share/request/${token}`,
          `GET /share/request/${token}/og-image.png`,
          `GET /share/${setToken}`,
          `GET /share/${setToken}/request/far`,
        ]
        for (const page of pages) expect((await call(there.url, page)).status, page).toBe(200)
        await call(here.url, `POST /logs/far/tags`, { key, value: { tag: `round ${round}` } })
        const { tags } = JSON.parse((await call(there.url, pages[0] ?? '')).text) as {
          readonly tags: readonly string[]
        }
        expect(tags).toHaveLength(round + 1)
        await call(here.url, 'DELETE /logs/far/public', { key })
        await call(here.url, `DELETE ${set}/public`, { key })
        for (const page of pages) expect((await call(there.url, page)).status, page).toBe(404)
      }
    } finally {
      await dropPostgres(databaseUrl)
    }
  })
})

describe('Whoever is no admin', () => {
  let app: TestApp
  let managed = ''
  beforeAll(async () => {
    app = await startTestApp({ settings: { auth: 'required' } })
    const admin = await app.createKey(...scopes)
    await postLog(app.url, 'mine')
    await postLog(app.url, 'theirs', otherKey)
    const given = { name: 'bench', allowed_api_key: engineKey, is_admin: false }
    const reply = await call(app.url, 'POST /auth/keys', { key: admin, value: given })
    managed = (JSON.parse(reply.text) as { readonly api_key: string }).api_key
  })
  afterAll(() => app.stop())

  /** Every window of eight characters but the first, which is the documented prefix. */
  function windowsOf(key: string): readonly string[] {
    return Array.from({ length: key.length - 8 }, (_, at) => key.slice(at + 1, at + 9))
  }

  test('finds no piece of a key in notes, collections, links and previews', async () => {
    const seen: string[] = []
    const ask = async (line: string, options: Parameters<typeof call>[2] = {}) => {
      const reply = await call(app.url, line, options)
      seen.push(`${line.slice(0, 40)} ${reply.text} ${JSON.stringify(reply.headers)}`)
      return reply
    }
    const identity = { created_by: engineKey, added_by: managed }
    const ids: number[] = []
    for (const key of [engineKey, managed]) {
      const value = { name: 'set', ...identity }
      const { text } = await ask('POST /collections', { key, value })
      const { collection } = JSON.parse(text) as { collection: { id: number; created_by: string } }
      expect(collection.created_by).toBe('engine-Z...')
      ids.push(collection.id)
    }
    const [id = 0] = ids
    const set = `/collections/${id}`
    const key = managed
    const token = tokenIn((await ask('POST /logs/mine/public', { key })).text)
    const setToken = tokenIn((await ask(`POST ${set}/public`, { key })).text)
    await ask(`POST ${set}/requests`, { key, value: { request_id: 'mine', ...identity } })
    await ask('POST /logs/mine/collections', { key, value: { collection_id: id, ...identity } })
    const said = { username: 'Ann', comment: 'hi', author: engineKey }
    await ask('POST /logs/mine/discussions', { key, value: said })
    const readers = [undefined, engineKey, managed, otherKey, 'nobody-made-this-key']
    const pages = ['favorite', 'tags', 'discussions', 'collections'].map(
      (page) => `GET /logs/mine/${page}`,
    )
    const shared = [`request/${token}`, setToken, `${setToken}/request/mine`, 'none']
    for (const reader of readers) {
      for (const line of [
        ...pages,
        'GET /logs/mine',
        'GET /collections',
        `GET ${set}`,
        ...shared.map((path) => `GET /share/${path}`),
      ]) {
        await ask(line, reader === undefined ? {} : { key: reader })
      }
    }
    const crawler = { 'user-agent': 'Twitterbot' }
    seen.push((await send(app.url, { path: `/share/request/${token}`, headers: crawler })).text)
    const all = seen.join('\n')
    const leaked = [engineKey, otherKey, managed].flatMap(windowsOf).filter((w) => all.includes(w))
    expect(leaked).toEqual([])
    expect(all).toContain('Name one prime.')
    expect(seen.length).toBeGreaterThan(60)
  })
})
