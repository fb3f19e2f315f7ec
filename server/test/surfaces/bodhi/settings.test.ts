import { roles, type Role } from '@pharos/contract/vocabulary.ts'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { jobCaller, localCaller } from '../../../src/features/identity/index.ts'
import { saveSetting } from '../../../src/features/settings/index.ts'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { startFakeProvider } from '../../support/fake-provider.ts'
import { send } from '../../support/http-request.ts'
import {
  greeter,
  localName,
  writeLocalModels,
  type LocalModels,
} from '../../support/local-models.ts'
import { logIn } from '../../support/log-in.ts'

const put = async ({ url }: { readonly url: string }, key: string, value: unknown) =>
  send(url, {
    method: 'PUT',
    path: `/bodhi/v1/settings/${key}`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ value }),
  })

describe('A setting that is changed while the server runs', () => {
  let files: LocalModels
  let server: TestApp
  beforeAll(async () => {
    files = await writeLocalModels({ greeter })
    server = await startTestApp({ settings: { hfHome: files.home, modelThreads: 1 } })
  })
  afterAll(async () => {
    await server.stop()
    await files[Symbol.asyncDispose]()
  })

  const ask = async () => {
    const reply = await send(server.url, {
      method: 'POST',
      path: '/v1/completions',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: localName('greeter'), prompt: 'Hello', max_tokens: 3 }),
    })
    expect(reply.status).toBe(200)
  }
  const loaded = () => server.app.context.engine.loaded()

  it('holds for models that are loaded', async () => {
    await ask()
    const staysFor = () => {
      const [model] = loaded()
      return Math.round((model?.unloadsAt ?? Number.NaN) - (model?.idleSince ?? Number.NaN))
    }
    await vi.waitFor(() => expect(staysFor()).toBe(300))
    expect(JSON.parse((await put(server, 'BODHI_KEEP_ALIVE_SECS', 600)).text)).toMatchObject({
      current_value: 600,
      source: 'database',
    })
    expect(staysFor()).toBe(600)
    await send(server.url, { method: 'DELETE', path: '/bodhi/v1/settings/BODHI_KEEP_ALIVE_SECS' })
    expect(staysFor()).toBe(300)
  })

  it('starts models anew where it is about how they run', async () => {
    await ask()
    const [before] = loaded()
    expect(before).toBeDefined()
    expect((await put(server, 'BODHI_EXEC_VARIANT', 'auto')).status).toBe(200)
    await vi.waitFor(() => expect(loaded()).toEqual([]), 5_000)
    await put(server, 'BODHI_EXEC_VARIANT', 'cpu')
    await ask()
    expect(loaded()[0]?.pid).not.toBe(before?.pid)
  })
})

describe('Somebody who is logged in', () => {
  let server: TestApp
  beforeAll(async () => {
    server = await startTestApp({ settings: { auth: 'required' } })
  })
  afterAll(() => server.stop())

  const loggedIn = async (role: Role) => {
    const { cookie } = await logIn(server, role)
    const headers = { cookie, 'content-type': 'application/json' }
    return async (method: 'GET' | 'PUT' | 'DELETE', path: string, value?: unknown) => {
      const body = value === undefined ? {} : { body: JSON.stringify({ value }) }
      const reply = await send(server.url, { method, path: `/bodhi/v1${path}`, headers, ...body })
      return [reply.status, JSON.parse(reply.text)] as const
    }
  }

  it.each(roles)('as %s has preferences, and settings as an admin only', async (role) => {
    const ask = await loggedIn(role)
    const edits = [
      await ask('GET', '/settings'),
      await ask('PUT', '/settings/FEATURE_X', true),
      await ask('PUT', '/settings/BODHI_NOTHING', true),
      await ask('DELETE', '/settings/FEATURE_X'),
    ].map(([status]) => status)
    expect(edits).toEqual(role === 'admin' ? [200, 200, 404, 200] : [403, 403, 403, 403])
    const theme = { key: 'PREF_THEME', current_value: role, source: 'database' }
    expect(await ask('PUT', '/settings/PREF_THEME', role)).toMatchObject([200, theme])
    expect(await ask('GET', '/preferences')).toMatchObject([200, [theme]])
  })

  it('is told what is refused, and is asked for a login where there is none', async () => {
    const ask = await loggedIn('manager')
    expect(await ask('PUT', '/settings/BODHI_HOME', 'x')).toMatchObject([
      403,
      { error: { code: 'api_auth_error-forbidden' } },
    ])
    expect((await put(server, 'PREF_THEME', 'dark')).status).toBe(401)
  })
})

describe('A default of models', () => {
  it('counts where neither the request nor an alias says it', async () => {
    await using provider = await startFakeProvider('openai', { models: ['gpt-x'] })
    const settings = { openaiBaseUrl: provider.url, openaiApiKey: 'sk-test' }
    await using server = await startTestApp({ settings })
    const post = async (path: string, body: object) => {
      const headers = { 'content-type': 'application/json' }
      const reply = await send(server.url, {
        method: 'POST',
        path,
        headers,
        body: JSON.stringify(body),
      })
      expect(reply.status).toBeLessThan(300)
    }
    await post('/api/v1/aliases', {
      name: 'warm',
      targets: [{ model: 'openai/gpt-x' }],
      request_params: { temperature: 0.7 },
    })
    await put(server, 'MODEL_DEFAULT_TEMPERATURE', 0.5)
    await put(server, 'MODEL_DEFAULT_MAX_TOKENS', 9)
    const messages = [{ role: 'user', content: 'Hi' }]
    await post('/v1/chat/completions', { model: 'openai/gpt-x', messages })
    await post('/v1/chat/completions', { model: 'warm', messages })
    await post('/v1/chat/completions', { model: 'warm', messages, temperature: 1, max_tokens: 2 })
    await send(server.url, {
      method: 'DELETE',
      path: '/bodhi/v1/settings/MODEL_DEFAULT_MAX_TOKENS',
    })
    await post('/v1/chat/completions', { model: 'openai/gpt-x', messages })
    const asked = provider.requests.map(({ body }) => body)
    expect(asked).toMatchObject([
      { temperature: 0.5, max_tokens: 9 },
      { temperature: 0.7, max_tokens: 9 },
      { temperature: 1, max_tokens: 2 },
      { temperature: 0.5 },
    ])
    expect(asked[3]).not.toHaveProperty('max_tokens')
  })
})

describe.each(['sqlite', 'postgres'] as const)('Who must log in [%s]', (dialect) => {
  const status = async (url: string) => (await send(url, { path: '/v1/traces' })).status
  const require = async ({ app }: Pick<TestApp, 'app'>) =>
    saveSetting(
      { ...app.context, caller: jobCaller('setup', ['settings:manage']) },
      'auth',
      'required',
    )

  it('is decided by the database where nobody else says anything, and at once', async () => {
    await using server = await startTestApp({ dialect })
    expect(await status(server.url)).toBe(200)
    expect(await require(server)).toMatchObject({ value: 'required', source: 'database' })
    expect(await status(server.url)).toBe(401)
    expect((await put(server, 'auth', 'open')).status).toBe(401)
    const key = await server.createKey('traces:read')
    const headers = { 'x-api-key': key }
    expect((await send(server.url, { path: '/v1/traces', headers })).status).toBe(200)
    expect(server.app.context.providers.guardsBaseUrls).toBe(true)
  })

  it('is not decided by the database where somebody does', async () => {
    await using server = await startTestApp({ dialect, settings: { auth: 'open' } })
    expect(await require(server)).toMatchObject({ value: 'open', source: 'command line' })
    expect(await status(server.url)).toBe(200)
    await using closed = await startTestApp({ dialect, settings: { auth: 'required' } })
    const ctx = { ...closed.app.context, caller: localCaller() }
    expect(await saveSetting(ctx, 'auth', 'open')).toMatchObject({
      value: 'required',
      source: 'command line',
    })
    expect(await status(closed.url)).toBe(401)
  })
})

describe('Two servers on one PostgreSQL', () => {
  it('agree on who must log in, and on every other setting', async () => {
    const encryptionKey = Buffer.alloc(32, 7).toString('base64')
    await using first = await startTestApp({ dialect: 'postgres', settings: { encryptionKey } })
    const { databaseUrl } = first.config
    await using second = await startTestApp({ settings: { encryptionKey, databaseUrl } })
    const shown = () => second.app.context.settings
    expect((await put(first, 'BODHI_KEEP_ALIVE_SECS', 900)).status).toBe(200)
    await vi.waitFor(() => expect(shown().value('BODHI_KEEP_ALIVE_SECS')).toBe(900), 5_000)
    expect((await send(second.url, { path: '/v1/traces' })).status).toBe(200)
    const ctx = { ...first.app.context, caller: localCaller() }
    await saveSetting(ctx, 'auth', 'required')
    await vi.waitFor(() => expect(shown().value('auth')).toBe('required'), 5_000)
    expect((await send(second.url, { path: '/v1/traces' })).status).toBe(401)
  })
})
