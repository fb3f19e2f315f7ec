import type { Scope } from '@pharos/contract/vocabulary.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApiKey, localCaller } from '../../../src/features/identity/index.ts'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { startFakeProvider, type FakeProvider } from '../../support/fake-provider.ts'
import { send } from '../../support/http-request.ts'
import { ask, dialectCalls } from './stage.ts'

const runs: readonly Scope[] = ['completions:run', 'models:read']
const lists = [
  { path: '/v1/models' },
  { path: '/v1/models', headers: { 'anthropic-version': '2023-06-01' } },
  { path: '/api/tags' },
]

describe.each(['open', 'required'] as const)('A gateway in the mode %s', (auth) => {
  let fake: FakeProvider
  let app: TestApp
  beforeAll(async () => {
    fake = await startFakeProvider('anthropic')
    app = await startTestApp({
      settings: { auth, anthropicBaseUrl: fake.url, anthropicApiKey: 'k' },
    })
  })
  afterAll(async () => {
    await app.stop()
    await fake[Symbol.asyncDispose]()
  })

  const isOpen = auth === 'open'
  const callers = [
    ['nobody', {}],
    ['a key that nobody knows', { authorization: 'Bearer sk-nobody' }],
    ['the key of another server', { 'x-api-key': 'pharos_0123456789abcdef' }],
  ] as const

  async function keyWith(scopes: readonly Scope[], models?: readonly string[]): Promise<string> {
    const limits = models === undefined ? {} : { limits: { models } }
    const ctx = { ...app.app.context, caller: localCaller() }
    const key = { name: 'test', scopes, expiresAt: null, ...limits }
    return (await createApiKey(ctx, key)).secret
  }

  describe.each(dialectCalls)('and $dialect', (call) => {
    it.each(callers)(`${isOpen ? 'serve' : 'refuse'} %s`, async (_, headers) => {
      const before = fake.requests.length
      const reply = await ask(app.url, call, { headers })
      expect(reply.status).toBe(isOpen ? 200 : 401)
      expect(fake.requests.length - before).toBe(isOpen ? 1 : 0)
      if (!isOpen) {
        expect(reply.headers['www-authenticate']).toBe('Bearer')
        expect(call.errorOf(reply.text)).toEqual(expect.stringMatching(/./))
      }
    })

    it('serve a key, in either header', async () => {
      const key = await keyWith(runs)
      for (const headers of [{ authorization: `Bearer ${key}` }, { 'x-api-key': key }]) {
        expect((await ask(app.url, call, { headers })).status).toBe(200)
      }
    })

    it('refuse a key for what it was not given', async () => {
      const before = fake.requests.length
      const listing = await keyWith(['models:read'])
      const narrow = await keyWith(runs, ['anthropic/other', 'openai/*'])
      for (const key of [listing, narrow]) {
        expect((await ask(app.url, call, { key })).status).toBe(403)
      }
      expect(fake.requests).toHaveLength(before)
      const given = await keyWith(runs, ['anthropic/*'])
      expect((await ask(app.url, call, { key: given })).status).toBe(200)
    })
  })

  it.each(callers)(
    `${isOpen ? 'lists models for' : 'lists nothing for'} %s`,
    async (_, headers) => {
      for (const { path, headers: more } of lists) {
        const { status } = await send(app.url, { path, headers: { ...headers, ...more } })
        expect(status).toBe(isOpen ? 200 : 401)
      }
    },
  )

  it('refuses pages of other places', async () => {
    const headers = { origin: 'http://evil.example' }
    for (const call of dialectCalls) {
      expect((await ask(app.url, call, { headers })).status).toBe(401)
    }
  })
})
