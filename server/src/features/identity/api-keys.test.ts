import type { Scope } from '@pharos/contract/vocabulary.ts'
import { expect, it } from 'vitest'
import { contextOf as contextOn, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { hashToken } from '../../platform/secrets/tokens.ts'
import { apiKeyCaller, type Caller } from './caller.ts'
import { createApiKey } from './create-api-key.ts'
import { findCredential } from './find-credential.ts'
import { findUsableKeys } from './find-usable-keys.ts'
import { KeyUsage } from './key-usage.ts'
import { listApiKeys } from './list-api-keys.ts'
import { resolveCaller } from './resolve-caller.ts'
import { revokeApiKey } from './revoke-api-key.ts'

const holder = (...scopes: Scope[]): Caller => ({
  kind: 'job',
  jobType: 'test',
  scopes: new Set(scopes),
})

describeEachDatabase('API keys', (store) => {
  const clock = standingClock(1000)
  const contextOf = (caller?: Caller) => contextOn(store, clock, caller)
  const create = async (name: string, scopes: Scope[], caller?: Caller) =>
    createApiKey(contextOf(caller), { name, scopes, expiresAt: null })

  it('gives the secret once and keeps only its hash', async () => {
    const { key, secret } = await create(' ci ', ['traces:read', 'traces:read'])
    expect(secret).toMatch(/^pharos_[0-9a-f]{64}$/)
    expect(key).toMatchObject({ name: 'ci', scopes: ['traces:read'], prefix: secret.slice(0, 15) })
    const rows = await store.db.read((tx) =>
      tx.db.selectFrom('api_keys').selectAll().where('id', '=', key.id).execute(),
    )
    expect(rows).toHaveLength(1)
    expect(rows[0]?.secret_hash).toBe(hashToken(secret))
    expect(JSON.stringify(rows)).not.toContain(secret)
  })

  it('finds a key by its secret and refuses any other', async () => {
    const { key, secret } = await create('found', ['traces:read', 'logs:read'])
    const find = async (...secrets: string[]) =>
      findCredential(contextOf(), { keys: secrets, cookies: [] })
    expect(await find(secret)).toEqual({ kind: 'apiKey', key })
    expect(await find(secret, secret)).toEqual({ kind: 'apiKey', key })
    expect(await find()).toEqual({ kind: 'none' })
    expect(await find(`${secret}0`)).toEqual({ kind: 'unknown' })
    expect(await find('')).toEqual({ kind: 'unknown' })
    expect(await find(secret, 'other')).toEqual({ kind: 'conflict' })
  })

  it('ends a key at its time', async () => {
    clock.now = 1000
    const input = { name: 'short', scopes: ['traces:read'] as const, expiresAt: 1010 }
    const { secret } = await createApiKey(contextOf(), input)
    expect(await findCredential(contextOf(), { keys: [secret], cookies: [] })).toMatchObject({
      kind: 'apiKey',
    })
    clock.now = 1010
    expect(await findCredential(contextOf(), { keys: [secret], cookies: [] })).toEqual({
      kind: 'unknown',
    })
    await expect(createApiKey(contextOf(), input)).rejects.toMatchObject({ code: 'invalid' })
  })

  it('ends a revoked key at once', async () => {
    const { key, secret } = await create('leaving', ['traces:read'])
    await revokeApiKey(contextOf(), key.prefix)
    expect(await findCredential(contextOf(), { keys: [secret], cookies: [] })).toEqual({
      kind: 'unknown',
    })
    await expect(revokeApiKey(contextOf(), key.id)).resolves.toMatchObject({ status: 'revoked' })
  })

  it('tells which of many keys are still good', async () => {
    clock.now = 1000
    const good = await create('good', ['traces:read'])
    const revoked = await create('revoked', ['traces:read'])
    await revokeApiKey(contextOf(), revoked.key.id)
    const input = { name: 'ending', scopes: ['traces:read'] as const, expiresAt: 1010 }
    const ending = await createApiKey(contextOf(), input)
    const ids = [good.key.id, revoked.key.id, ending.key.id, 'nobody']
    expect(await findUsableKeys(contextOf(), ids)).toEqual(
      new Map([
        [good.key.id, '1000'],
        [ending.key.id, '1000'],
      ]),
    )
    clock.now = 1010
    expect(await findUsableKeys(contextOf(), ids)).toEqual(new Map([[good.key.id, '1000']]))
    expect(await findUsableKeys(contextOf(), [])).toEqual(new Map())
  })

  it('says that there is no such key to revoke', async () => {
    for (const reference of ['', 'pharos_', 'nobody']) {
      await expect(revokeApiKey(contextOf(), reference)).rejects.toMatchObject({
        code: 'not-found',
      })
    }
  })

  it('lists keys without anything that opens them', async () => {
    const { key, secret } = await create('listed', ['traces:read'])
    const keys = await listApiKeys(contextOf())
    expect(keys.find(({ id }) => id === key.id)).toEqual(key)
    expect(JSON.stringify(keys)).not.toContain(secret)
    expect(JSON.stringify(keys)).not.toContain(hashToken(secret))
  })

  it('writes who made and who revoked a key into the audit', async () => {
    const { key } = await create('audited', ['traces:read'], holder('keys:manage', 'traces:read'))
    await revokeApiKey(contextOf(), key.id)
    const entries = await store.db.read((tx) =>
      tx.db.selectFrom('audit_log').selectAll().where('target_id', '=', key.id).execute(),
    )
    const byAction = new Map(entries.map((entry) => [entry.action, entry]))
    expect(new Set(byAction.keys())).toEqual(new Set(['api-key.create', 'api-key.revoke']))
    expect(byAction.get('api-key.create')).toMatchObject({ actor_kind: 'job', actor_id: 'test' })
    expect(JSON.parse(byAction.get('api-key.create')?.changes ?? '')).toEqual({
      name: 'audited',
      scopes: ['traces:read'],
      expiresAt: null,
    })
    expect(byAction.get('api-key.revoke')).toMatchObject({ actor_kind: 'local', actor_id: null })
  })

  it('refuses callers without the scope to make, list or revoke keys', async () => {
    const { key } = await create('kept', ['traces:read'])
    const caller = holder('traces:read', 'traces:write', 'settings:manage')
    const refused = { code: 'forbidden', message: 'This needs the scope keys:manage' }
    await expect(create('x', ['traces:read'], caller)).rejects.toMatchObject(refused)
    await expect(listApiKeys(contextOf(caller))).rejects.toMatchObject(refused)
    await expect(revokeApiKey(contextOf(caller), key.id)).rejects.toMatchObject(refused)
    const [kept] = (await listApiKeys(contextOf())).filter(({ id }) => id === key.id)
    expect(kept?.status).toBe('active')
  })

  it('gives a key nothing that its maker does not have', async () => {
    const caller = holder('keys:manage', 'traces:read')
    await expect(create('more', ['traces:write'], caller)).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('traces:write'),
    })
    await expect(create('none', [], caller)).rejects.toMatchObject({ code: 'invalid' })
  })

  it('keeps what a key with an owner label makes, sees and revokes within that label', async () => {
    const { key: others } = await create('others', ['traces:read'])
    const { key } = await create('parent', ['keys:manage', 'traces:read'])
    const caller = apiKeyCaller({ ...key, subject: 'team-a' })
    const child = await create('child', ['traces:read'], caller)
    expect(child.key.subject).toBe('team-a')
    const seen = await listApiKeys(contextOf(caller))
    expect(seen.map(({ id }) => id)).toEqual([child.key.id])
    await expect(revokeApiKey(contextOf(caller), others.id)).rejects.toMatchObject({
      code: 'not-found',
    })
  })

  it.each(['', '   ', 'x'.repeat(201), 'a\u0000b', 'a\nb', '\uD800'])(
    'refuses the name %j',
    async (name) => {
      await expect(create(name, ['traces:read'])).rejects.toMatchObject({ code: 'invalid' })
    },
  )

  it('makes a caller that can do what the key says', async () => {
    const { secret } = await create('writer', ['traces:write'])
    const caller = resolveCaller(
      { auth: 'required', ingestAuth: 'required' },
      {
        peer: { isLoopbackPeer: false, isLoopbackHost: false, originKind: 'absent' },
        credential: await findCredential(contextOf(), { keys: [secret], cookies: [] }),
        access: 'ingest',
      },
    )
    expect(caller.kind).toBe('apiKey')
  })

  it('adds up the use of keys, also what could not be saved at first', async () => {
    const first = await create('busy', ['traces:read'])
    const second = await create('idle', ['traces:read'])
    const errors: unknown[] = []
    const db = Object.create(store.db, {
      write: {
        value: async () => {
          throw new Error('disk full')
        },
        configurable: true,
      },
    })
    const onError = (error: unknown): unknown => errors.push(error)
    const usage = new KeyUsage({ db, clock, onError, flushAfterMs: 60_000 })
    clock.now = 2000
    for (let i = 0; i < 5; i++) usage.note(first.key.id)
    usage.note(second.key.id)
    await expect(usage.flush()).rejects.toThrow('disk full')
    Object.defineProperty(db, 'write', { value: store.db.write.bind(store.db) })
    clock.now = 2001
    usage.note(first.key.id)
    usage.note('a key deleted meanwhile')
    await usage[Symbol.asyncDispose]()
    const keys = new Map((await listApiKeys(contextOf())).map((key) => [key.id, key]))
    expect(keys.get(first.key.id)).toMatchObject({ requestCount: 6, lastUsedAt: 2001 })
    expect(keys.get(second.key.id)).toMatchObject({ requestCount: 1, lastUsedAt: 2000 })
  })

  it('saves the use of keys by itself', async () => {
    const { key } = await create('by itself', ['traces:read'])
    const usage = new KeyUsage({ db: store.db, clock, onError: () => {}, flushAfterMs: 1 })
    usage.note(key.id)
    await expect
      .poll(async () => (await listApiKeys(contextOf())).find(({ id }) => id === key.id))
      .toMatchObject({ requestCount: 1 })
    await usage[Symbol.asyncDispose]()
  })
})
