import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Config } from '../../../src/app/config.ts'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { FakeHf } from '../../support/fake-hf.ts'
import { send, sendJson, type Received } from '../../support/http-request.ts'

const base = '/playground/activations'

let hf: FakeHf
beforeAll(async () => {
  hf = await FakeHf.start()
})
afterAll(() => hf[Symbol.asyncDispose]())

const start = (settings: Partial<Config> = {}): Promise<TestApp> =>
  startTestApp({ settings: { playgroundActivationsHfUrl: hf.url, ...settings } })

type Headers = Readonly<Record<string, string>>

function run({ url }: TestApp, fields: object = {}, headers: Headers = {}): Promise<Received> {
  return sendJson(url, { path: `${base}/run`, value: { prompt: 'Hello', ...fields }, headers })
}

async function idsOf({ url }: TestApp, headers: Headers = {}): Promise<string[]> {
  const { text } = await send(url, { path: `${base}/runs`, headers })
  const { items } = JSON.parse(text) as { items: { request_id: string }[] }
  return items.map(({ request_id }) => request_id)
}

async function mintKey(app: TestApp, label: string): Promise<Headers> {
  const value = { name: label, allowed_api_key: label }
  const { text } = await sendJson(app.url, { path: '/auth/keys', value })
  const { api_key } = JSON.parse(text) as { api_key: string }
  return { 'x-api-key': api_key }
}

test('a server without services says so and stores nothing', async () => {
  await using app = await startTestApp()
  const refused = await run(app)
  expect(refused.status).toBe(503)
  expect(JSON.parse(refused.text)).toEqual({
    status: 'error',
    error_code: 'HF_NOT_CONFIGURED',
    message: 'The HF inference service is not configured',
  })
  expect(await idsOf(app)).toEqual([])
  const health = await send(app.url, { path: `${base}/health` })
  expect(JSON.parse(health.text)).toEqual({
    status: 'degraded',
    index_db_reachable: true,
    hf_inference_reachable: false,
    sae_reachable: false,
    sae_service_reachable: false,
    last_error: 'hf inference unreachable: not configured; sae service unreachable: not configured',
  })
})

describe('An explorer that is open to everybody', () => {
  test('lets people without a key run and read, but delete nothing and see nobody else', async () => {
    await using app = await start({ auth: 'required', playgroundPublic: true })
    const key = { 'x-api-key': await app.createKey('completions:run') }
    expect((await run(app, { request_id: 'teams' }, key)).status).toBe(200)
    expect((await run(app, { request_id: 'anyones' })).status).toBe(200)
    expect(await idsOf(app)).toEqual(['anyones'])
    expect((await idsOf(app, key)).toSorted()).toEqual(['anyones', 'teams'])
    const statusOf = async (path: string, method = 'GET') =>
      (await send(app.url, { method, path: `${base}/${path}` })).status
    expect(await statusOf('anyones/rows')).toBe(200)
    expect(await statusOf('teams/rows')).toBe(404)
    expect(await statusOf('anyones', 'DELETE')).toBe(401)
    expect((await run(app, { request_id: 'teams' })).status).toBe(409)
    expect((await run(app, { sae_local_path: '/etc' })).status).toBe(403)
  })
})

test('keys of two owners see their own runs, and the administrator both', async () => {
  await using app = await start()
  const [ann, bob] = [await mintKey(app, 'ann'), await mintKey(app, 'bob')]
  expect((await run(app, { request_id: 'anns' }, ann)).status).toBe(200)
  expect((await run(app, { request_id: 'bobs' }, bob)).status).toBe(200)
  expect(await idsOf(app, ann)).toEqual(['anns'])
  expect(await idsOf(app, bob)).toEqual(['bobs'])
  expect((await idsOf(app)).toSorted()).toEqual(['anns', 'bobs'])
  const path = `${base}/anns/feature-deltas?other=bobs`
  const compared = await send(app.url, { path, headers: ann })
  expect(JSON.parse(compared.text)).toMatchObject({ error_code: 'NOT_FOUND' })
  expect(JSON.parse((await send(app.url, { path })).text)).toMatchObject({ total: 5 })
  const refused = await run(app, { sae_local_path: '/etc/passwd' }, ann)
  expect(refused.status).toBe(403)
  expect(refused.text).not.toContain('/etc/passwd')
})

test('a path that an administrator gives reaches the service and comes back nowhere', async () => {
  await using app = await start()
  hf.next({ type: 'raw', status: 500, text: '{"detail":"no such file: /srv/secret/sae"}' })
  const failed = await run(app, { request_id: 'r', sae_local_path: '/srv/secret/sae' })
  expect(hf.requests.at(-1)?.body['sae_local_path']).toBe('/srv/secret/sae')
  const summary = await send(app.url, { path: `${base}/r/summary` })
  expect(summary.text).toContain('"status":"error"')
  expect(failed.text + summary.text).not.toContain('secret')
})

test('a client that leaves takes its run along', async () => {
  await using app = await start()
  hf.next({ type: 'hang' })
  const asked = hf.untilAsked(hf.requests.length + 1)
  const left = hf.untilLeft(1)
  const leaving = new AbortController()
  const running = fetch(`${app.url}${base}/run`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'Hello' }),
    signal: leaving.signal,
  })
  await asked
  leaving.abort()
  await expect(running).rejects.toThrow('aborted')
  await left
  expect(await idsOf(app)).toEqual([])
})

test('of very many activations at most 100,000 are given, all are counted', async () => {
  await using app = await start()
  const top_features = Array.from({ length: 60 }, (_, id) => ({ id, activation: 60 - id }))
  const feature_timeline = Array.from({ length: 2000 }, (_, position) => {
    return { position, token: position, token_str: 'x', top_features }
  })
  hf.next({ type: 'answer', body: { feature_timeline } })
  const done = await run(app, { request_id: 'large' })
  expect(JSON.parse(done.text)).toMatchObject({
    run_summary: { activation_rows_count: 120_000, unique_features_count: 60 },
  })
  const { text } = await send(app.url, { path: `${base}/large/rows?limit=9999999` })
  const reply = JSON.parse(text) as { row_count: number; rows: unknown[] }
  expect([reply.row_count, reply.rows.length]).toEqual([100_000, 100_000])
  expect(reply.rows.at(-1)).toEqual({
    step: 0,
    token_position: 1666,
    feature_id: 39,
    activation_value: 21,
    rank: 40,
    token_id: 1666,
  })
})

test('a store that fails is told in the words of the family, without its own', async () => {
  await using app = await start()
  await app.app.context.db.write(async ({ db }) => {
    await db.schema.dropTable('activation_previews').execute()
  })
  const codeOf = ({ status, text }: Received) => {
    const { error_code, message } = JSON.parse(text) as { error_code: string; message: string }
    expect(message).not.toContain('activation_')
    return `${status} ${error_code}`
  }
  expect(codeOf(await run(app, { request_id: 'r' }))).toBe('500 INDEX_WRITE_FAILED')
  expect(await idsOf(app)).toEqual([])
  expect(codeOf(await send(app.url, { path: `${base}/r/rows` }))).toBe('500 DB_READ_FAILED')
  await app.app.context.db.write(async ({ db }) => {
    await db.schema.dropTable('activation_runs').execute()
  })
  expect(codeOf(await send(app.url, { path: `${base}/runs` }))).toBe('500 INDEX_READ_FAILED')
  expect(codeOf(await send(app.url, { path: `${base}/r/summary` }))).toBe('500 INDEX_READ_FAILED')
  expect(app.deaths).toEqual([])
})
