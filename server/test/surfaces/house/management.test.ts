import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { startFakeProvider, type FakeProvider } from '../../support/fake-provider.ts'
import { addToCache, defaultSnapshot } from '../../support/gguf/model-cache.ts'

const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const apiKey = 'sk-lab-0123456789'

describe('Managing models over HTTP', () => {
  let app: TestApp
  let fake: FakeProvider
  let hubDir: string

  beforeAll(async () => {
    hubDir = await mkdtemp(join(tmpdir(), 'pharos-hub-'))
    await addToCache(hubDir, { repo: 'ada/tiny', filename: 'tiny-F32.gguf' })
    fake = await startFakeProvider('openai', { models: ['small', 'org/large:8b'] })
    const settings = { ollamaBaseUrl: 'http://127.0.0.1:9', hfHubCache: hubDir }
    app = await startTestApp({ settings })
  })
  afterAll(async () => {
    await app.stop()
    await rm(hubDir, { recursive: true })
    await fake[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    await app.app.context.db.write(async (tx) => {
      await tx.db.deleteFrom('model_aliases').execute()
      await tx.db.deleteFrom('provider_connections').execute()
      tx.publish({ topic: 'models', body: {} })
    })
  })

  const call = async (method: string, path: string, body?: unknown, key?: string) => {
    const reply = await fetch(`${app.url}/api/v1/${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: reply.status, body: await reply.json() }
  }
  /** What a call that goes well gives. */
  const data = async (method: string, path: string, body?: unknown) => {
    const reply = await call(method, path, body)
    expect([reply.status, reply.body]).toEqual([expect.toBeOneOf([200, 201]), expect.anything()])
    const value: unknown = Reflect.get(Object(reply.body), 'data')
    return value
  }
  const lab = () => ({
    name: 'lab',
    kind: 'openai-compatible',
    base_url: fake.url,
    api_key: apiKey,
  })
  const both = (error: string, message: string) => ({ error, message, data: { error, message } })

  it('adds, reads, changes, tests and forgets a connection', async () => {
    const made = await data('POST', 'connections', lab())
    expect(made).toEqual({
      name: 'lab',
      kind: 'openai-compatible',
      label: 'lab',
      base_url: fake.url,
      base_url_source: 'stored',
      api_key: '…6789',
      api_key_source: 'stored',
      stored_api_key: '…6789',
      active: true,
      built_in: false,
      stored: true,
      models: null,
      prefix: null,
      created_at: expect.stringMatching(iso),
      updated_at: expect.stringMatching(iso),
    })
    expect(await data('GET', 'connections/lab')).toEqual(made)
    expect(await data('GET', 'connections')).toContainEqual(made)
    expect(await data('POST', 'connections/lab/test')).toEqual({
      name: 'lab',
      status: 'ok',
      model_count: 2,
      checked_at: expect.stringMatching(iso),
    })
    const off = await data('PUT', 'connections/lab', { active: false, api_key: '…6789' })
    expect(off).toMatchObject({ active: false, api_key: '…6789' })
    expect(await data('GET', 'providers')).toContainEqual({
      name: 'lab',
      status: 'switched-off',
      model_count: 0,
      checked_at: null,
    })
    expect(await data('DELETE', 'connections/lab')).toEqual({ deleted: 'lab' })
    expect(await call('GET', 'connections/lab')).toEqual({
      status: 404,
      body: both('Not Found', 'There is no connection lab'),
    })
  })

  it('shows no key to anybody, whatever is asked', async () => {
    await data('POST', 'connections', lab())
    const replies = await Promise.all(
      ['connections', 'connections/lab', 'providers', 'aliases'].map((path) => call('GET', path)),
    )
    expect(JSON.stringify(replies)).not.toContain('0123')
  })

  it('refuses what its provider does not take, unless told not to ask', async () => {
    fake.whenListed({ type: 'status', status: 401, message: apiKey })
    const message = 'lab is not available: It does not take the key (status 401)'
    expect(await call('POST', 'connections', lab())).toEqual({
      status: 400,
      body: both('Provider not available', message),
    })
    expect((await call('GET', 'connections/lab')).status).toBe(404)
    expect((await call('POST', 'connections?skip_test=true', lab())).status).toBe(201)
    expect((await call('POST', 'connections?skip_test=true', lab())).status).toBe(409)
    const tested = await data('POST', 'connections/lab/test')
    expect(tested).toMatchObject({ status: 'refused', error: expect.not.stringContaining('sk-') })
  })

  it('adds, reads, replaces and forgets an alias whose name holds a slash', async () => {
    const name = 'team/best:fast ü'
    const targets = [{ model: 'openai/gpt-4o', weight: 2, timeout_ms: 900 }]
    const path = `aliases/${encodeURIComponent(name)}`
    const made = await data('POST', 'aliases', {
      name,
      targets,
      request_params: { temperature: 0.2, stop: ['END'] },
      options: { strategy: 'weighted', cache_seconds: 60 },
    })
    expect(made).toEqual({
      id: expect.any(String),
      name,
      kind: 'router',
      targets: [{ model: 'openai/gpt-4o', weight: 2, timeout_ms: 900, enabled: true }],
      request_params: { temperature: 0.2, stop: ['END'] },
      options: { strategy: 'weighted', cache_seconds: 60 },
      created_by: null,
      created_at: expect.stringMatching(iso),
      updated_at: expect.stringMatching(iso),
    })
    expect(await data('GET', path)).toEqual(made)
    const plain = await data('PUT', path, {
      targets: [{ model: 'ollama/llama3.2', enabled: false }],
    })
    expect(plain).toMatchObject({
      name,
      targets: [{ model: 'ollama/llama3.2', enabled: false }],
      request_params: {},
      options: { strategy: 'fallback' },
    })
    expect(await data('GET', 'aliases')).toEqual([plain])
    const renamed = await call('PUT', path, { name: 'other', targets })
    expect(renamed).toMatchObject({ status: 400, body: { error: 'Validation Error' } })
    expect(await data('DELETE', path)).toEqual({ deleted: name })
    expect((await call('DELETE', path)).status).toBe(404)
  })

  it('adds, reads, replaces and forgets a name for a file', async () => {
    const place = { kind: 'file', repo: 'ada/tiny', filename: 'tiny-F32.gguf' }
    const made = await data('POST', 'aliases', {
      name: 'mine',
      ...place,
      snapshot: 'main',
      request_params: { temperature: 0.2 },
      context_params: { n_ctx: 128 },
      options: { cache_seconds: 5, trace_tokens: 3 },
    })
    expect(made).toEqual({
      id: expect.any(String),
      name: 'mine',
      ...place,
      snapshot: defaultSnapshot,
      request_params: { temperature: 0.2 },
      context_params: { n_ctx: 128 },
      options: { cache_seconds: 5, trace_tokens: 3 },
      created_by: null,
      created_at: expect.stringMatching(iso),
      updated_at: expect.stringMatching(iso),
    })
    const targets = [{ model: 'mine' }, { model: 'ada/tiny:F32' }]
    const rests = { cooldown_seconds: 9, max_attempts: 1, honor_retry_after: true }
    const router = await data('POST', 'aliases', { name: 'outer', targets, options: rests })
    expect(router).toMatchObject({ kind: 'router', options: { strategy: 'fallback', ...rests } })
    expect(await data('GET', 'aliases')).toEqual([made, router])
    const plain = await data('PUT', 'aliases/mine', { ...place, context_params: ['--ctx-size 64'] })
    expect(plain).toMatchObject({
      request_params: {},
      context_params: ['--ctx-size 64'],
      options: {},
    })
    expect((await call('PUT', 'aliases/mine', { targets })).status).toBe(400)
    const absent = { name: 'other', ...place, filename: 'none.gguf' }
    expect((await call('POST', 'aliases', absent)).status).toBe(404)
    const taken = { name: 'ada/tiny:F32', ...place }
    expect((await call('POST', 'aliases', taken)).status).toBe(409)
    expect((await call('DELETE', 'aliases/ada%2Ftiny%3AF32')).status).toBe(400)
    expect((await call('DELETE', 'aliases/mine')).status).toBe(409)
    await data('DELETE', 'aliases/outer')
    await data('DELETE', 'aliases/mine')
  })

  it('shows the engine of this server, which can be switched off and on', async () => {
    const local = {
      name: 'local',
      kind: 'local',
      base_url: 'local:',
      api_key: null,
      built_in: true,
    }
    expect(await data('GET', 'connections/local')).toMatchObject({ ...local, active: true })
    expect(await data('POST', 'connections/local/test')).toEqual({
      name: 'local',
      status: 'ok',
      model_count: 1,
      checked_at: null,
    })
    const off = await data('PUT', 'connections/local', { active: false })
    expect(off).toMatchObject({ ...local, active: false })
    for (const changes of [{ base_url: fake.url }, { api_key: apiKey }, { models: [] }]) {
      expect((await call('PUT', 'connections/local', changes)).status).toBe(400)
    }
    const again = { name: 'mine', kind: 'local' }
    expect((await call('POST', 'connections', again)).status).toBe(400)
    expect((await call('POST', 'connections', { name: 'local', kind: 'ollama' })).status).toBe(400)
    expect(await data('PUT', 'connections/local', { active: true })).toMatchObject(local)
  })

  it('tells an alias that stands in the way', async () => {
    fake.whenListed({ type: 'raw', body: '{"data": []}' })
    await data('POST', 'connections', lab())
    await data('POST', 'aliases', { name: 'best', targets: [{ model: 'lab/small' }] })
    expect(await call('DELETE', 'connections/lab')).toEqual({
      status: 409,
      body: both('Conflict', 'The alias best leads to lab'),
    })
  })

  it.each<[string, string, unknown, string]>([
    ['POST', 'connections', { name: 'lab', nonsense: 1 }, 'request'],
    ['POST', 'connections', { name: 5 }, 'name'],
    ['POST', 'connections?skip_test=perhaps', { name: 'lab' }, 'skip_test'],
    ['PUT', 'connections/openai', { active: 'yes' }, 'active'],
    ['POST', 'aliases', { name: 'a' }, 'targets'],
    ['POST', 'aliases', { name: 'a', targets: [{ model: 1 }] }, 'targets.0.model'],
    ['POST', 'aliases', { name: 'a', targets: [], request_params: { n: 2 } }, 'request_params'],
    ['POST', 'aliases', { name: 'a', kind: 'file', repo: 'ada/tiny' }, 'filename'],
    ['POST', 'aliases', { name: 'a', kind: 'other' }, 'kind'],
    ['PUT', 'aliases/a', { kind: 'file', repo: 'a/b', filename: 'c', targets: [] }, 'request'],
  ])('names the field that does not fit: %s %s', async (method, path, body, field) => {
    const reply = await call(method, path, body)
    expect(reply.status).toBe(422)
    expect(reply.body).toEqual({
      error: [{ field, type: 'general', message: expect.any(String) }],
    })
  })

  it('answers in its own words where nothing is, and to what is no JSON', async () => {
    expect(await call('GET', 'nothing')).toEqual({
      status: 404,
      body: both('Not Found', 'No such path'),
    })
    expect(await call('PATCH', 'aliases')).toMatchObject({ status: 405 })
    const broken = await fetch(`${app.url}/api/v1/aliases`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{',
    })
    expect(broken.status).toBe(400)
    expect(await broken.json()).toMatchObject({ error: 'Bad Request' })
    expect(await call('POST', 'aliases')).toMatchObject({
      status: 422,
      body: { error: [{ field: 'request' }] },
    })
  })

  it('lets a reader read and nobody but a manager write', async () => {
    const reader = await app.createKey('models:read')
    expect((await call('GET', 'connections', undefined, reader)).status).toBe(200)
    expect(await call('POST', 'connections', lab(), reader)).toEqual({
      status: 403,
      body: both('Forbidden', 'This needs the scope models:manage'),
    })
    const unknown = await call('GET', 'connections', undefined, 'pharos_unknown')
    expect(unknown.status).toBe(401)
    expect(unknown.body).toMatchObject({ error: 'Unauthorized' })
  })
})

describe('Where logins are required', () => {
  async function startGuarded(allowPrivateAddresses: readonly string[] = []) {
    const app = await startTestApp({ settings: { auth: 'required', allowPrivateAddresses } })
    const key = await app.createKey('models:manage', 'models:read', 'settings:manage')
    const send = async (method: string, path: string, body?: object): Promise<Response> =>
      fetch(`${app.url}/api/v1/${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      })
    return { app, send }
  }

  it('a base URL given over the API leads to no address inside', async () => {
    await using fake = await startFakeProvider('openai')
    const { app, send } = await startGuarded()
    const { port } = new URL(fake.url)
    for (const host of ['127.0.0.1', 'localhost', '0x7f000001']) {
      const body = { name: 'lab', kind: 'openai-compatible', base_url: `http://${host}:${port}/v1` }
      expect((await send('POST', 'connections', body)).status).toBe(400)
      expect((await send('POST', 'connections?skip_test=true', body)).status).toBe(201)
      const tested = await (await send('POST', 'connections/lab/test')).json()
      expect(tested).toMatchObject({
        data: { status: 'unreachable', error: expect.stringContaining('ERR_INSIDE_ADDRESS') },
      })
      expect((await send('DELETE', 'connections/lab')).status).toBe(200)
    }
    expect(fake.connections).toBe(0)
    await app.stop()
  })

  it('the operator can open networks, and the own environment is trusted', async () => {
    await using fake = await startFakeProvider('openai')
    const { app, send } = await startGuarded(['loopback'])
    const body = { name: 'lab', kind: 'openai-compatible', base_url: fake.url, api_key: 'sk-1' }
    expect((await send('POST', 'connections', body)).status).toBe(201)
    await app.stop()
    await using trusting = await startTestApp({
      settings: { auth: 'required', openaiBaseUrl: fake.url, openaiApiKey: 'sk-given' },
    })
    const key = await trusting.createKey('models:manage')
    const tested = await fetch(`${trusting.url}/api/v1/connections/openai/test`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
    })
    expect(await tested.json()).toMatchObject({ data: { status: 'ok' } })
  })
})
