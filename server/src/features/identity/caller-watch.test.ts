import { expect, it } from 'vitest'
import { Accounts } from '../../../test/support/accounts.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { randomIds } from '../../platform/ids.ts'
import { createVault } from '../../platform/secrets/vault.ts'
import { anonymousCaller, localCaller } from './caller.ts'
import { createApiKey } from './create-api-key.ts'
import { findUsableKeys } from './find-usable-keys.ts'
import { CallerWatch, type Watched } from './caller-watch.ts'
import { revokeApiKey } from './revoke-api-key.ts'
import { endSession } from '../../../test/support/log-in.ts'
import { startSession } from './sessions/start-session.ts'

describeEachDatabase('the watch on callers', (store) => {
  const clock = { now: 1000, nowSeconds: () => clock.now, elapsedMs: () => 0 }
  const contextOf = () => ({ db: store.db, clock, ids: randomIds, caller: localCaller() })
  const createKey = async (expiresAt: number | null = null) =>
    (await createApiKey(contextOf(), { name: 'watched', scopes: ['traces:read'], expiresAt })).key
      .id
  const open = (): CallerWatch =>
    new CallerWatch({
      ...contextOf(),
      onError: (error) => {
        throw error
      },
    })
  const ended = (watch: CallerWatch, keyId: string): Promise<string> =>
    new Promise((resolve) => watch.watch({ kind: 'apiKey', keyId }, () => resolve(keyId)))

  it('tells everything that was opened with a key once it is revoked', async () => {
    await using watch = open()
    const keyId = await createKey()
    const all = Promise.all([ended(watch, keyId), ended(watch, keyId)])
    await revokeApiKey(contextOf(), keyId)
    expect(await all).toEqual([keyId, keyId])
  })

  it('tells when the time of a key is over', async () => {
    await using watch = open()
    clock.now = 1000
    const keyId = await createKey(1010)
    const over = ended(watch, keyId)
    clock.now = 1010
    expect(await over).toBe(keyId)
  })

  it('tells when a session ends, or gives other powers', async () => {
    await using watch = open()
    clock.now = 1000
    const accounts = new Accounts(store)
    const context = { ...contextOf(), vault: createVault(Buffer.alloc(32, 4)) }
    const begin = async (): Promise<Extract<Watched, { kind: 'session' }>> => {
      const { id: userId, role } = await accounts.add({ role: 'manager' })
      const input = { userId, kind: 'oidc', ip: null, userAgent: null } as const
      const { session } = await startSession(context, input)
      return { kind: 'session', sessionId: session.id, role }
    }
    const watched = [await begin(), await begin(), await begin(), await begin()] as const
    const [over, demoted, inactive, good] = watched
    const told: string[] = []
    watch.watch(good, () => told.push('good'))
    const all = Promise.all(
      [over, demoted, inactive].map(
        (one) => new Promise<string>((resolve) => watch.watch(one, resolve)),
      ),
    )
    await endSession(context, over.sessionId)
    const change = (sessionId: string, changes: { role?: string; status?: string }) =>
      store.db.write(async (tx) => {
        const person = tx.db.selectFrom('sessions').select('user_id').where('id', '=', sessionId)
        await tx.db.updateTable('users').set(changes).where('id', '=', person).execute()
      })
    await change(demoted.sessionId, { role: 'user' })
    await change(inactive.sessionId, { status: 'inactive' })
    expect(await all).toEqual(Array(3).fill('the login has ended'))
    expect(told).toEqual([])
  })

  it('tells when the owner of a key loses the role that it was used with', async () => {
    await using watch = open()
    const { id: userId } = await new Accounts(store).add({ role: 'admin' })
    const keyId = await createKey()
    await store.db.write((tx) =>
      tx.db.updateTable('api_keys').set({ user_id: userId }).where('id', '=', keyId).execute(),
    )
    const [version] = (await findUsableKeys(contextOf(), [keyId])).values()
    const over = new Promise<string>((resolve) =>
      watch.watch({ kind: 'apiKey', keyId, keyVersion: version ?? '' }, resolve),
    )
    await store.db.write((tx) =>
      tx.db.updateTable('users').set({ role: 'user' }).where('id', '=', userId).execute(),
    )
    expect(await over).toBe('the API key has ended')
    expect([...(await findUsableKeys(contextOf(), [keyId])).values()]).not.toEqual([version])
  })

  it('says nothing of a good key, nor to what is no longer open', async () => {
    await using watch = open()
    clock.now = 1000
    const [good, left, revoked] = [await createKey(), await createKey(), await createKey()]
    const told: string[] = []
    watch.watch({ kind: 'apiKey', keyId: good }, () => told.push('good'))
    watch.watch({ kind: 'apiKey', keyId: left }, () => told.push('left'))?.[Symbol.dispose]()
    const over = ended(watch, revoked)
    for (const keyId of [left, revoked]) await revokeApiKey(contextOf(), keyId)
    await over
    expect(told).toEqual([])
  })

  it('does not watch who came in with nothing that could end', async () => {
    await using watch = open()
    const tell = (): void => expect.unreachable()
    for (const caller of [localCaller(), anonymousCaller()]) {
      expect(watch.watch(caller, tell)).toBeUndefined()
    }
  })
})
