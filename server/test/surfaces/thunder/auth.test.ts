import { scopes } from '@pharos/contract/vocabulary.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { send, type Received } from '../../support/http-request.ts'

interface Asked {
  readonly key?: string
  readonly body?: unknown
}

async function ask(app: TestApp, line: string, { key, body }: Asked = {}): Promise<Received> {
  const [method = '', path = ''] = line.split(' ')
  const headers = {
    ...(key !== undefined && { 'x-api-key': key }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  }
  return send(app.url, {
    method,
    path,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

function valueOf({ text }: Received): unknown {
  return JSON.parse(text)
}

async function createKey(app: TestApp, body: object): Promise<string> {
  const admin = await app.createKey(...scopes)
  const made = valueOf(await ask(app, 'POST /auth/keys', { key: admin, body }))
  return String((made as { api_key?: unknown }).api_key)
}

/** The least that an engine tells. */
function logged(requestId: string, owner: string): object {
  return {
    request: { request_id: requestId, model: 'm', user_api_key: owner },
    events: [],
    mod_calls: [],
    mod_logs: [],
    actions: [],
  }
}

describe('A server without a setup token', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp()
  })
  afterAll(() => app.stop())

  test('lets no first admin in over HTTP, whatever the secret', async () => {
    for (const secret of ['', 'undefined', 'null']) {
      const reply = await ask(app, 'POST /auth/bootstrap', { body: { name: 'a', secret } })
      expect(reply.status).toBe(403)
      expect(valueOf(reply)).toMatchObject({ code: 403 })
    }
  })

  test('reads no large body of who would be the first admin', async () => {
    const body = { name: 'a', secret: 'x'.repeat(64 * 1024) }
    expect(await ask(app, 'POST /auth/bootstrap', { body })).toMatchObject({ status: 413 })
  })

  test('knows its owner as an admin while it is open, and who shows a bad key as nobody', async () => {
    const mine = await ask(app, 'GET /auth/validate')
    expect(mine.status).toBe(200)
    expect(valueOf(mine)).toMatchObject({ valid: true, name: 'local', is_admin: true })
    expect(await ask(app, 'GET /auth/validate', { key: 'good-for-nothing' })).toMatchObject({
      status: 401,
    })
    expect(await ask(app, 'GET /auth/keys')).toMatchObject({ status: 200 })
  })

  test('takes a header beyond ASCII for none', async () => {
    const made = await createKey(app, { name: 'a', allowed_api_key: 'schl\u00fcssel' })
    expect(made).toMatch(/^ck_/)
    const reply = await ask(app, 'GET /auth/me', { key: 'schl\u00fcssel' })
    expect(valueOf(reply)).toMatchObject({ name: 'local' })
  })
})

describe.each(['sqlite', 'postgres'] as const)('Keys over surfaces [%s]', (dialect) => {
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp({ dialect, settings: { auth: 'required' } })
  })
  afterAll(() => app.stop())

  test('an engine key authenticates from its first log on, with no answer remembered', async () => {
    const key = 'sk-engine-of-somebody'
    expect(await ask(app, 'GET /auth/me', { key })).toMatchObject({ status: 401 })
    const body = logged('first-of-the-engine', key)
    expect((await ask(app, 'POST /v1/ingest', { body })).status).toBeLessThan(300)
    const reply = await ask(app, 'GET /auth/validate', { key })
    expect(valueOf(reply)).toMatchObject({
      valid: true,
      name: 'sk-engin...',
      allowed_api_key: 'sk-engin...',
      is_admin: false,
    })
    expect(await ask(app, 'GET /auth/keys', { key })).toMatchObject({ status: 401 })
  })

  test('literal keys are nobody on other surfaces', async () => {
    const label = 'label-of-an-admin'
    await createKey(app, { name: 'admin', allowed_api_key: label, is_admin: true })
    await ask(app, 'POST /v1/ingest', { body: logged('of-a-literal', 'sk-of-a-literal') })
    for (const key of [label, 'sk-of-a-literal']) {
      expect(await ask(app, 'GET /auth/me', { key })).toMatchObject({ status: 200 })
      expect(await ask(app, 'GET /v1/traces', { key })).toMatchObject({ status: 401 })
    }
  })

  test('a made key holds on other surfaces, and reaches what its owner logged', async () => {
    const owner = 'sk-owner-of-a-trace'
    await ask(app, 'POST /v1/ingest', { body: logged('of-an-owner', owner) })
    const count = async (key: string) =>
      (valueOf(await ask(app, 'GET /v1/traces', { key })) as { total?: number }).total
    expect(await count(await createKey(app, { name: 'a', allowed_api_key: owner }))).toBe(1)
    expect(await count(await createKey(app, { name: 'b', allowed_api_key: 'other' }))).toBe(0)
    expect(await count(await createKey(app, { name: 'c' }))).toBe(0)
    expect(await count(await createKey(app, { name: 'd', is_admin: true }))).toBeGreaterThan(0)
  })

  test('the last use of a key is told, and that of a label is not', async () => {
    const secret = await createKey(app, { name: 'used', allowed_api_key: 'label-used' })
    const lastUse = async (): Promise<unknown> => {
      const admin = await app.createKey('keys:manage')
      const { keys } = valueOf(await ask(app, 'GET /auth/keys', { key: admin })) as {
        keys: { name: string; last_used_at: string | null }[]
      }
      return keys.find(({ name }) => name === 'used')?.last_used_at
    }
    await ask(app, 'GET /auth/me', { key: 'label-used' })
    await app.app.context.keyUsage.flush()
    expect(await lastUse()).toBeNull()
    await ask(app, 'GET /auth/me', { key: secret })
    await app.app.context.keyUsage.flush()
    expect(await lastUse()).toMatch(/^\d{4}-.*Z$/)
  })
})
