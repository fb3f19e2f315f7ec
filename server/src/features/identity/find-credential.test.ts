import type { Role, Scope } from '@pharos/contract/vocabulary.ts'
import { expect, it } from 'vitest'
import { Accounts } from '../../../test/support/accounts.ts'
import { allStand, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { randomIds } from '../../platform/ids.ts'
import { newToken } from '../../platform/secrets/tokens.ts'
import { createVault } from '../../platform/secrets/vault.ts'
import { localCaller } from './caller.ts'
import { createApiKey } from './create-api-key.ts'
import { findCredential } from './find-credential.ts'
import { findThunderCredential } from './find-thunder-credential.ts'
import { resolveCaller, type Credential } from './resolve-caller.ts'
import { endSession } from '../../../test/support/log-in.ts'
import { mintSessionToken, sessionKeyOf } from './sessions/session-token.ts'
import { startSession } from './sessions/start-session.ts'

describeEachDatabase('Credentials of people', (store) => {
  const clock = standingClock()
  const accounts = new Accounts(store)
  const vault = createVault(Buffer.alloc(32, 5))
  const sessionKey = sessionKeyOf(vault, undefined)
  const ctx = () => ({
    db: store.db,
    clock,
    vault,
    sessionKey,
    checkSession: allStand,
    ids: randomIds,
    caller: localCaller(),
  })
  const find = (shown: { keys?: string[]; cookies?: string[] }, ignoresUnknownKeys = false) =>
    findCredential(ctx(), { keys: [], cookies: [], ...shown }, { ignoresUnknownKeys })

  async function logIn(role: Role = 'manager') {
    const user = await accounts.add({ role })
    const input = { userId: user.id, kind: 'password', ip: null, userAgent: null } as const
    const { secret, session } = await startSession(ctx(), input)
    const token = await mintSessionToken(ctx(), { ...session, userId: user.id })
    return { user, secret, session, token }
  }

  async function keyOf(userId: string, scopes: Scope[], changes: object = {}): Promise<string> {
    const { key, secret } = await createApiKey(ctx(), { name: 'k', scopes, expiresAt: null })
    await store.db.write((tx) =>
      tx.db
        .updateTable('api_keys')
        .set({ user_id: userId, ...changes })
        .where('id', '=', key.id)
        .execute(),
    )
    return secret
  }

  const setUser = (id: string, changes: { role?: string; status?: string }) =>
    store.db.write((tx) => tx.db.updateTable('users').set(changes).where('id', '=', id).execute())

  const scopesOf = (credential: Credential): readonly Scope[] =>
    credential.kind === 'apiKey' ? credential.key.scopes : []

  it('are a secret in a cookie, or a token in a cookie or as a bearer', async () => {
    const { user, secret, session, token } = await logIn()
    const found = {
      kind: 'session',
      session: { id: session.id, userId: user.id, role: 'manager', name: user.name },
    }
    expect(await find({ cookies: [secret] })).toMatchObject(found)
    expect(await find({ cookies: [token] })).toMatchObject(found)
    expect(await find({ keys: [token] })).toMatchObject(found)
    expect(await find({ keys: [secret] })).toEqual({ kind: 'unknown' })
    const shown = { keys: [token], cookies: [] }
    expect((await findThunderCredential(ctx(), shown)).credential).toMatchObject(found)
    const held = { keys: [], cookies: [secret] }
    expect((await findThunderCredential(ctx(), held)).credential).toMatchObject(found)
  })

  it('make a caller with the powers of the role', async () => {
    const { secret, user } = await logIn('viewer')
    const credential = await find({ cookies: [secret] })
    const peer = { isLoopbackPeer: true, isLoopbackHost: true, originKind: 'own' } as const
    const policy = { auth: 'open', ingestAuth: 'loopback' } as const
    const from = { ip: '192.0.2.1', requestId: 'r1' }
    const caller = resolveCaller(policy, { peer, credential, access: 'traces:read', from })
    expect(caller).toMatchObject({ kind: 'session', userId: user.id, role: 'viewer', from })
    expect(() => resolveCaller(policy, { peer, credential, access: 'settings:manage' })).toThrow(
      'scope settings:manage',
    )
  })

  it('in a cookie that is good for nothing are as none at all', async () => {
    const { secret, token, session } = await logIn()
    await endSession(ctx(), session.id)
    const stale = [secret, token, newToken(''), 'x', 'a.b.c', session.id]
    for (const cookie of stale) expect(await find({ cookies: [cookie] })).toEqual({ kind: 'none' })
    const other = await logIn()
    expect(await find({ cookies: [secret, other.token] })).toMatchObject({
      session: { id: other.session.id },
    })
  })

  it('say so where the login that they came from was ended elsewhere', async () => {
    const { secret, token } = await logIn()
    const why = new DomainError('unauthenticated', 'The login was ended elsewhere')
    const asked = { ...ctx(), checkSession: async () => ({ isAlive: false, why }) as const }
    for (const shown of [
      { keys: [token], cookies: [] },
      { keys: [], cookies: [secret] },
    ]) {
      const lapsed = { kind: 'lapsed', why }
      expect(await findCredential(asked, shown)).toEqual(lapsed)
      expect((await findThunderCredential(asked, shown)).credential).toEqual(lapsed)
    }
  })

  it('as a bearer are unknown once their session has ended', async () => {
    const { token, session } = await logIn()
    await endSession(ctx(), session.id)
    const unknown = { kind: 'unknown', code: 'token_error-invalid_token', isToken: true }
    expect(await find({ keys: [token] })).toEqual(unknown)
    expect((await findThunderCredential(ctx(), { keys: [token], cookies: [] })).credential).toEqual(
      {
        kind: 'unknown',
      },
    )
  })

  it('are not the session of somebody else, although it was signed here', async () => {
    const [ada, eve] = [await logIn('admin'), await logIn('viewer')]
    const mixed = await mintSessionToken(ctx(), { ...ada.session, userId: eve.user.id })
    expect(await find({ keys: [mixed] })).toMatchObject({ kind: 'unknown' })
    expect(await find({ cookies: [mixed] })).toEqual({ kind: 'none' })
  })

  it('lose to a key beside them, good or bad', async () => {
    const { secret, user, token } = await logIn()
    const key = await keyOf(user.id, ['traces:read'])
    expect(await find({ keys: [key], cookies: [secret] })).toMatchObject({ kind: 'apiKey' })
    expect(await find({ keys: ['bad'], cookies: [secret] })).toEqual({ kind: 'unknown' })
    expect(await find({ keys: [newToken('pharos_')], cookies: [secret] })).toEqual({
      kind: 'unknown',
    })
    expect(await find({ keys: [key, token], cookies: [] })).toEqual({ kind: 'conflict' })
    expect(await find({ keys: [token, token], cookies: [] })).toMatchObject({ kind: 'session' })
  })

  it('count where unknown keys do not', async () => {
    const { secret, user } = await logIn()
    const key = await keyOf(user.id, ['traces:read'])
    expect(await find({ keys: ['bad'], cookies: [secret] }, true)).toMatchObject({
      kind: 'session',
    })
    expect(await find({ keys: ['bad'], cookies: ['old'] }, true)).toEqual({ kind: 'unknown' })
    expect(await find({ keys: [key], cookies: [secret] }, true)).toMatchObject({ kind: 'apiKey' })
  })

  it('change with the role at the next request, keys as well as sessions', async () => {
    const { secret, user } = await logIn('admin')
    const key = await keyOf(user.id, ['traces:read', 'traces:write', 'keys:manage'])
    expect(scopesOf(await find({ keys: [key] }))).toEqual([
      'traces:read',
      'traces:write',
      'keys:manage',
    ])
    await setUser(user.id, { role: 'user' })
    expect(await find({ cookies: [secret] })).toMatchObject({ session: { role: 'user' } })
    expect(scopesOf(await find({ keys: [key] }))).toEqual(['traces:read', 'traces:write'])
    await setUser(user.id, { role: 'viewer' })
    expect(scopesOf(await find({ keys: [key] }))).toEqual(['traces:read'])
    for (const changes of [{ status: 'inactive' }, { status: 'active', role: 'unheard of' }]) {
      await setUser(user.id, changes)
      expect(await find({ keys: [key] })).toEqual({ kind: 'unknown' })
      expect(await find({ cookies: [secret] })).toEqual({ kind: 'none' })
      const shown = { keys: [key], cookies: [] }
      expect((await findThunderCredential(ctx(), shown)).credential).toEqual({ kind: 'unknown' })
    }
  })

  it('are nothing once the person is gone', async () => {
    const { secret, token, user } = await logIn('admin')
    const key = await keyOf(user.id, ['traces:read'])
    await store.db.write((tx) => tx.db.deleteFrom('users').where('id', '=', user.id).execute())
    expect(await find({ cookies: [secret] })).toEqual({ kind: 'none' })
    expect(await find({ keys: [token] })).toMatchObject({ kind: 'unknown' })
    expect(await find({ keys: [key] })).toEqual({ kind: 'unknown' })
  })

  it('do no more than the cap of a key, whoever owns it', async () => {
    const { user } = await logIn('admin')
    const scopes: Scope[] = ['traces:read', 'traces:write', 'models:manage']
    const capped = await keyOf(user.id, scopes, { role_cap: 'user' })
    expect(scopesOf(await find({ keys: [capped] }))).toEqual(['traces:read', 'traces:write'])
    const ownerless = await keyOf(user.id, scopes, { role_cap: 'viewer', user_id: null })
    expect(scopesOf(await find({ keys: [ownerless] }))).toEqual(['traces:read'])
    const unreadable = await keyOf(user.id, scopes, { role_cap: 'sovereign' })
    expect(scopesOf(await find({ keys: [unreadable] }))).toEqual([])
  })
})
