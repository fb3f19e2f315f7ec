import type { Scope } from '@pharos/contract/vocabulary.ts'
import { expect, it } from 'vitest'
import { Accounts } from '../../../test/support/accounts.ts'
import { callerWith } from '../../../test/support/caller.ts'
import { allStand, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { randomIds } from '../../platform/ids.ts'
import { hashToken } from '../../platform/secrets/tokens.ts'
import { createVault } from '../../platform/secrets/vault.ts'
import { bootstrapAdmin } from './bootstrap-admin.ts'
import { apiKeyCaller, localCaller, type Caller } from './caller.ts'
import { versionOf } from './api-key.ts'
import { createApiKey } from './create-api-key.ts'
import { createPlaygroundKey } from './create-playground-key.ts'
import { createThunderKey, type NewThunderKey } from './create-thunder-key.ts'
import { deactivateThunderKey } from './deactivate-thunder-key.ts'
import { describeCaller } from './describe-caller.ts'
import { findCredential } from './find-credential.ts'
import { findThunderCredential } from './find-thunder-credential.ts'
import { CallerWatch } from './caller-watch.ts'
import { listThunderKeys } from './list-thunder-keys.ts'
import { ownerKeyFor, shownOwner } from './owner-key.ts'
import { revokeApiKey } from './revoke-api-key.ts'
import { updateThunderKey } from './update-thunder-key.ts'

describeEachDatabase("Thunder's keys", (store) => {
  const clock = standingClock(1000)
  const vault = createVault(Buffer.alloc(32, 7))
  const contextOf = (caller: Caller = localCaller()) => ({
    db: store.db,
    clock,
    ids: randomIds,
    vault,
    sessionKey: new Uint8Array(32),
    checkSession: allStand,
    caller,
  })
  const create = async (input: Partial<NewThunderKey> = {}, caller?: Caller) =>
    createThunderKey(contextOf(caller), {
      name: 'key',
      description: null,
      label: null,
      isAdmin: false,
      expiresAt: null,
      ...input,
    })
  const find = async (...secrets: string[]) =>
    (await findThunderCredential(contextOf(), { keys: secrets, cookies: [] })).credential

  it('begins with ck_ and is kept as a hash with the first eight characters', async () => {
    const { key, secret } = await create()
    expect(secret).toMatch(/^ck_[0-9a-f]{64}$/)
    expect(key).toMatchObject({ prefix: secret.slice(0, 8), format: 'thunder' })
    const row = await store.db.read((tx) =>
      tx.db.selectFrom('api_keys').selectAll().where('id', '=', key.id).executeTakeFirstOrThrow(),
    )
    expect(row.secret_hash).toBe(hashToken(secret))
    expect(JSON.stringify(row)).not.toContain(secret.slice(8, 16))
  })

  it('gives every key of every kind a number of its own that grows', async () => {
    const first = await create()
    const other = await createApiKey(contextOf(), {
      name: 'house',
      scopes: ['traces:read'],
      expiresAt: null,
    })
    const last = await create()
    expect(other.key.number).toBeGreaterThan(first.key.number)
    expect(last.key.number).toBeGreaterThan(other.key.number)
  })

  it('lets an admin key do its work and reach everything', async () => {
    const { key } = await create({ isAdmin: true, label: 'of-the-admin' })
    expect(key.subject).toBeNull()
    const powers: Scope[] = ['completions:run', 'keys:manage', 'logs:read', 'logs:write']
    expect(key.scopes.toSorted()).toEqual([...powers, 'traces:read', 'traces:write'])
  })

  it('limits any other to the owner that its label names, or to nothing but itself', async () => {
    const powers: Scope[] = ['completions:run', 'logs:read', 'logs:write', 'traces:read']
    const labelled = await create({ label: 'engine-key' })
    expect(labelled.key.subject).toBe(ownerKeyFor({ vault }, 'engine-key'))
    expect(labelled.key.scopes.toSorted()).toEqual(powers)
    const nameless = await create({ label: '' })
    expect(nameless.key.subject).toBe(`key:${nameless.key.id}`)
  })

  it('keeps a label sealed, shows it to an admin and logs in with it here only', async () => {
    const label = 'a-literal-nobody-else-has'
    const { key } = await create({ label, name: 'labelled' })
    expect(await find(label)).toMatchObject({ kind: 'apiKey', key: { id: key.id } })
    expect(await findCredential(contextOf(), { keys: [label], cookies: [] })).toEqual({
      kind: 'unknown',
    })
    const shown = await listThunderKeys(contextOf())
    expect(shown.find((one) => one.key.id === key.id)).toMatchObject({ label, isAdmin: false })
    const rows = await store.db.read((tx) => tx.db.selectFrom('api_keys').selectAll().execute())
    expect(JSON.stringify(rows)).not.toContain(label)
  })

  it('takes the oldest good key of those that share a label', async () => {
    const over = await create({ label: 'shared', expiresAt: 500 })
    expect(await find('shared')).toEqual({ kind: 'unknown' })
    const first = await create({ label: 'shared' })
    const second = await create({ label: 'shared' })
    expect(await find('shared')).toMatchObject({ key: { id: first.key.id } })
    await deactivateThunderKey(contextOf(), first.key.number)
    expect(await find('shared')).toMatchObject({ key: { id: second.key.id } })
    expect(over.key.number).toBeLessThan(first.key.number)
  })

  it('counts the use of a secret and not that of a label', async () => {
    const { key, secret } = await create({ label: 'uncounted' })
    const usedBy = async (shown: string) =>
      (await findThunderCredential(contextOf(), { keys: [shown], cookies: [] })).usedKeyId
    expect(await usedBy(secret)).toBe(key.id)
    expect(await usedBy('uncounted')).toBeUndefined()
  })

  it('is no key by its hash or its fingerprint', async () => {
    const { secret, key } = await create({ label: 'fingerprinted' })
    expect(await find(hashToken(secret))).toEqual({ kind: 'unknown' })
    expect(await find(key.loginKey ?? '')).toEqual({ kind: 'unknown' })
    expect(await find(key.prefix)).toEqual({ kind: 'unknown' })
  })

  it('ends a key that is switched off or revoked at once', async () => {
    const off = await create({ label: 'switched-off' })
    await deactivateThunderKey(contextOf(), off.key.number)
    const revoked = await create({ label: 'revoked' })
    await revokeApiKey(contextOf(), revoked.key.id)
    for (const shown of [off.secret, 'switched-off', revoked.secret, 'revoked']) {
      expect(await find(shown)).toEqual({ kind: 'unknown' })
    }
    const listed = await listThunderKeys(contextOf())
    const statusOf = (id: string) => listed.find(({ key }) => key.id === id)?.key.status
    expect([statusOf(off.key.id), statusOf(revoked.key.id)]).toEqual(['inactive', 'revoked'])
  })

  it('makes a key of the playground its own owner, and bars nobody from the first admin', async () => {
    const { key, secret } = await createPlaygroundKey(contextOf(callerWith('completions:run')), {
      sessionId: null,
      expiresAt: null,
      isOpenToAll: false,
    })
    expect(key.subject).toBe(ownerKeyFor({ vault }, secret))
    expect(key.name).toBe(`playground_${key.prefix}...`)
    const [shown] = (await listThunderKeys(contextOf())).filter((one) => one.key.id === key.id)
    expect(shown).toMatchObject({ label: `${key.prefix}...`, isAdmin: false })
    expect(await find(secret)).toMatchObject({ kind: 'apiKey', key: { id: key.id } })
    expect(await findCredential(contextOf(), { keys: [secret], cookies: [] })).toEqual({
      kind: 'unknown',
    })
    await deactivateThunderKey(contextOf(), key.number)
    expect(await find(secret)).toEqual({ kind: 'unknown' })
    const refused = createPlaygroundKey(contextOf(callerWith('logs:write')), {
      sessionId: 'x',
      expiresAt: null,
      isOpenToAll: false,
    })
    await expect(refused).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('tells a caller who it is, and only an admin its whole label', async () => {
    const admin = await create({ name: 'admin', isAdmin: true, label: 'label-of-admin' })
    const reader = await create({ name: 'reader', label: 'label-of-reader' })
    const tell = (caller: Caller) => describeCaller(contextOf(caller))
    expect(await tell(apiKeyCaller(admin.key))).toEqual({
      name: 'admin',
      label: 'label-of-admin',
      isAdmin: true,
    })
    expect(await tell(apiKeyCaller(reader.key))).toEqual({
      name: 'reader',
      label: 'label-of...',
      isAdmin: false,
    })
    expect(await tell(localCaller())).toEqual({ name: 'local', label: null, isAdmin: true })
  })

  it('ends what was opened with powers that a key no longer gives', async () => {
    await using watch = new CallerWatch({
      ...contextOf(),
      onError: (error) => {
        throw error
      },
    })
    const { key } = await create({ isAdmin: true })
    const { key: kept } = await create()
    const told: string[] = []
    watch.watch({ kind: 'apiKey', keyId: kept.id, keyVersion: versionOf(kept) }, () =>
      told.push('kept'),
    )
    const ended = new Promise<string>((resolve) => {
      watch.watch({ kind: 'apiKey', keyId: key.id, keyVersion: versionOf(key) }, resolve)
    })
    await updateThunderKey(contextOf(), key.number, { isAdmin: false })
    await ended
    expect(told).toEqual([])
  })

  it('gives nobody powers that the giver does not have', async () => {
    const giver = callerWith('keys:manage', 'logs:read')
    await expect(create({ isAdmin: true }, giver)).rejects.toMatchObject({ code: 'forbidden' })
    const { key } = await create({}, giver)
    await expect(
      updateThunderKey(contextOf(giver), key.number, { isAdmin: true }),
    ).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('refuses callers that may not manage the keys of all', async () => {
    const { key } = await create({ name: 'untouched' })
    const parent = await createApiKey(contextOf(), {
      name: 'of one owner',
      scopes: ['keys:manage', 'logs:read', 'logs:write'],
      expiresAt: null,
    })
    const ofOneOwner = apiKeyCaller({ ...parent.key, subject: 'team-a' })
    const refused = { code: 'forbidden' }
    for (const caller of [callerWith('logs:read', 'logs:write', 'settings:manage'), ofOneOwner]) {
      const ctx = contextOf(caller)
      await expect(create({}, caller)).rejects.toMatchObject(refused)
      await expect(listThunderKeys(ctx)).rejects.toMatchObject(refused)
      await expect(updateThunderKey(ctx, key.number, { name: 'x' })).rejects.toMatchObject(refused)
      await expect(deactivateThunderKey(ctx, key.number)).rejects.toMatchObject(refused)
    }
    const [kept] = (await listThunderKeys(contextOf())).filter((one) => one.key.id === key.id)
    expect(kept?.key).toMatchObject({ name: 'untouched', status: 'active' })
  })

  it('writes what was done to a key into the audit, and no secret', async () => {
    const { key } = await create({ label: 'label-for-the-audit' })
    const { name, label } = { name: 'renamed', label: 'another-label' }
    await updateThunderKey(contextOf(), key.number, { name, label })
    await deactivateThunderKey(contextOf(), key.number)
    const entries = await store.db.read((tx) =>
      tx.db.selectFrom('audit_log').selectAll().where('target_id', '=', key.id).execute(),
    )
    const changesOf = (action: string): unknown =>
      JSON.parse(entries.find((entry) => entry.action === action)?.changes ?? 'null')
    expect(entries).toHaveLength(3)
    expect(changesOf('api-key.create')).toMatchObject({ name: 'key', label: '(secret)' })
    expect(changesOf('api-key.update')).toEqual({ name: 'renamed', label: '(secret)' })
    expect(changesOf('api-key.revoke')).toEqual({})
  })
})

describeEachDatabase('The first admin', (store) => {
  const powers = {
    clock: standingClock(),
    ids: randomIds,
    vault: createVault(Buffer.alloc(32, 7)),
    caller: callerWith(),
  }
  const setupTokens = ['a-token', 'another']
  const bootstrap = (secret: string, tokens: readonly string[] = setupTokens) =>
    bootstrapAdmin({ ...powers, db: store.db }, { name: ' Ann ', secret, setupTokens: tokens })

  it('is made by one of many who ask at once with a token, and by nobody after', async () => {
    await expect(bootstrap('a-token', [])).rejects.toMatchObject({ code: 'forbidden' })
    await expect(bootstrap('a-toke')).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(bootstrap('')).rejects.toMatchObject({ code: 'unauthenticated' })
    const asked = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => bootstrap(setupTokens[index % 2] ?? '')),
    )
    const made = asked.filter((one) => one.status === 'fulfilled')
    expect(made).toHaveLength(1)
    expect(made[0]?.value.key).toMatchObject({ name: 'Ann', subject: null })
    for (const one of asked) {
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'conflict' })
    }
    await expect(bootstrap('another')).rejects.toMatchObject({ code: 'conflict' })
  })

  it('is not made beside an admin who can log in', async () => {
    await store.db.write((tx) => tx.db.deleteFrom('api_keys').execute())
    const { id } = await new Accounts(store).add({ role: 'admin' })
    await expect(bootstrap('a-token')).rejects.toMatchObject({ code: 'conflict' })
    await store.db.write((tx) => tx.db.deleteFrom('users').where('id', '=', id).execute())
    expect(await bootstrap('a-token')).toMatchObject({ key: { name: 'Ann' } })
  })

  it('is not made again once its key has ended', async () => {
    const { key } = await createThunderKey(
      { ...powers, db: store.db, caller: localCaller() },
      { name: 'second', description: null, label: null, isAdmin: true, expiresAt: null },
    )
    await store.db.write(async (tx) => {
      await tx.db.deleteFrom('api_keys').where('id', '!=', key.id).execute()
      await tx.db.updateTable('api_keys').set({ status: 'inactive' }).execute()
    })
    await expect(bootstrap('a-token')).rejects.toMatchObject({ code: 'conflict' })
  })
})

it('shows the beginning of a literal key, and never the whole of it', () => {
  expect(shownOwner('engine-key-0001')).toBe('engine-k...')
  expect(shownOwner('😀😀😀😀😀😀😀😀😀')).toBe('😀😀😀😀😀😀😀😀...')
  expect(shownOwner('alice')).toBe('al...')
  expect(shownOwner('')).toBe('...')
})
