import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Config } from '../../../src/app/config.ts'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { startFakeProvider } from '../../support/fake-provider.ts'
import { FakeService } from '../../support/fake-service.ts'
import { send, sendJson, type Received } from '../../support/http-request.ts'

let engine: FakeService
beforeEach(async () => {
  engine = await FakeService.start()
})
afterEach(() => engine[Symbol.asyncDispose]())

const start = (settings: Partial<Config> = {}): Promise<TestApp> =>
  startTestApp({
    settings: { auth: 'required', playgroundLlama8bUrl: engine.url, ...settings },
  })

const question = { model: 'llama-3.1-8b', messages: [{ role: 'user', content: 'Hi' }] }

function post(
  { url }: TestApp,
  path: string,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Received> {
  return sendJson(url, { path, value, headers })
}

function apiKeyIn({ status, text }: Received): string {
  expect(status, text).toBe(200)
  return (JSON.parse(text) as { api_key: string }).api_key
}

describe('A playground that is open to everybody', () => {
  test('asks nobody who they are, but wants a key to call them by', async () => {
    await using app = await start({ playgroundPublic: true })
    const paths = app.app.mounted.filter(({ path }) => /^\/playground\/./.test(path))
    expect(new Set(paths.map(({ access }) => access))).toEqual(new Set(['public']))
    for (const headers of [{}, { 'x-api-key': '' }, { 'x-api-key': 'undefined' }]) {
      const refused = await post(app, '/playground/inference', question, headers)
      expect(`${refused.status} ${refused.text}`).toContain('401')
      expect(refused.text).toContain('X-API-Key')
    }
    expect(engine.requests).toEqual([])
    const headers = { 'x-api-key': 'nobody-made-this' }
    expect((await post(app, '/playground/inference', question, headers)).status).toBe(200)
    expect(engine.requests[0]?.headers['x-user-api-key']).toBe('nobody-made-this')
  })

  test('gives strangers keys that open the playground and no other model', async () => {
    await using app = await start({ playgroundPublic: true })
    const headers = { 'x-api-key': apiKeyIn(await post(app, '/playground/api-key', {})) }
    expect((await post(app, '/playground/inference', question, headers)).status).toBe(200)
    const me = await send(app.url, { path: '/auth/validate', headers })
    expect(me.status).toBe(200)
    const chat = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] }
    const elsewhere = await post(app, '/v1/playground/chat', chat, headers)
    expect(elsewhere.status, elsewhere.text).toBe(401)
  })
})

describe('The owner of this machine', () => {
  test('may make keys and mods without one, but needs a key to ask models', async () => {
    await using app = await start({ auth: 'open' })
    const config = { injection_string: 'x', position: 'start' }
    expect((await post(app, '/playground/mods/generate', { config })).status).toBe(200)
    expect((await post(app, '/playground/inference', question)).status).toBe(401)
    const key = apiKeyIn(await post(app, '/playground/api-key', {}))
    for (const headers of [{ 'x-api-key': key }, { authorization: `Bearer ${key}` }]) {
      expect((await post(app, '/playground/inference', question, headers)).status).toBe(200)
    }
    expect(engine.requests.map(({ headers }) => headers['x-user-api-key'])).toEqual([key, key])
  })

  test('is told when no key for the model servers is set up', async () => {
    await using app = await start({ auth: 'open' })
    const key = apiKeyIn(await post(app, '/playground/api-key', {}))
    const upload = { model: 'llama-3.1-8b', code: '', mod_name: 'm' }
    const reply = await post(app, '/playground/mods/upload', upload, { 'x-api-key': key })
    expect(reply.status).toBe(500)
    expect(JSON.parse(reply.text)).toMatchObject({ code: 500 })
    expect(engine.requests).toEqual([])
  })
})

test('Keys of sessions are made 30 times an hour for an address', async () => {
  await using app = await start({ auth: 'open', trustProxy: ['loopback'] })
  const key = await app.createKey('completions:run')
  const from = (address: string) => ({ 'x-api-key': key, 'x-forwarded-for': address })
  for (let count = 1; count <= 30; count += 1) {
    apiKeyIn(await post(app, '/playground/api-key', {}, from('203.0.113.1')))
  }
  const refused = await post(app, '/playground/api-key', {}, from('203.0.113.1'))
  expect(refused.status).toBe(429)
  const wait = Number(refused.headers['retry-after'])
  expect(wait).toBeGreaterThan(3000)
  expect(wait).toBeLessThanOrEqual(3600)
  apiKeyIn(await post(app, '/playground/api-key', {}, from('203.0.113.2')))
})

test('Inference stops when the client leaves', async () => {
  await using slow = await startFakeProvider('ollama', { checksRequests: false })
  slow.always({ type: 'hang' })
  await using app = await start({ playgroundLlama8bUrl: slow.url })
  const key = await app.createKey('completions:run')
  const leaving = new AbortController()
  const answer = fetch(`${app.url}/playground/inference`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify(question),
    signal: leaving.signal,
  }).catch((error: unknown) => error)
  await slow.untilAsked(1)
  leaving.abort()
  expect(await answer).toMatchObject({ name: 'AbortError' })
  await slow.untilClosed(1)
  expect(slow.requests.length).toBe(1)
})
