import type { Role } from '@pharos/contract/vocabulary.ts'
import { expect, it } from 'vitest'
import { Accounts, sessionOf } from '../../../../test/support/accounts.ts'
import { contextOf } from '../../../../test/support/context.ts'
import { describeEachDatabase } from '../../../../test/support/database.ts'
import { hashToken, hasTokenForm } from '../../../platform/secrets/tokens.ts'
import { anonymousCaller, apiKeyCaller, localCaller, type Caller } from '../caller.ts'
import { keyByHash } from '../store.ts'
import { updateUser } from '../users/update-user.ts'
import { renameOwnKey, revokeOwnKey } from './change-own-key.ts'
import { createOwnKey, type NewOwnKey } from './create-own-key.ts'
import { countKeyUse, getOwnKey, listOwnKeys } from './read-own-keys.ts'

describeEachDatabase('Own keys', (store) => {
  const accounts = new Accounts(store)
  const { clock } = accounts
  const person = async (role: Role = 'user'): Promise<Caller> =>
    sessionOf(await accounts.add({ role }))
  const as = (caller: Caller) => contextOf(store, clock, caller)
  const make = (caller: Caller, changes: Partial<NewOwnKey> = {}) =>
    createOwnKey(as(caller), { name: 'ci', scopes: ['prompts:read'], ...changes })
  const look = (secret: string) => store.db.run(keyByHash, hashToken(secret))
  const refusal = (code: string) => expect.objectContaining({ code })

  it('give their secret once, keep its hash, and show how it begins', async () => {
    const caller = await person()
    const { key, secret } = await make(caller, { name: ' ci ' })
    expect(secret).toMatch(/^api_[\da-f]{64}$/)
    expect(hasTokenForm(secret)).toBe(true)
    expect(key).toMatchObject({ name: 'ci', prefix: secret.slice(0, 16), status: 'active' })
    const kept = await getOwnKey(as(caller), key.id)
    expect(JSON.stringify(kept)).not.toContain(secret)
    expect((await look(secret))?.id).toBe(key.id)
    expect(await accounts.auditOf(key.id)).toEqual([
      { action: 'api-key.create', changes: { name: 'ci', scopes: ['prompts:read'] } },
    ])
  })

  it('are those of one person only, the newest first', async () => {
    const [ada, bob] = [await person(), await person()]
    const { key: first } = await make(ada, { name: 'first' })
    const { key: second } = await make(ada, { name: 'second' })
    await revokeOwnKey(as(ada), first.id)
    expect((await listOwnKeys(as(ada))).map(({ name, status }) => [name, status])).toEqual([
      ['second', 'active'],
      ['first', 'revoked'],
    ])
    expect(await countKeyUse(as(ada))).toEqual({ total: 2, active: 1, requests: 0 })
    expect(await listOwnKeys(as(bob))).toEqual([])
    expect(await countKeyUse(as(bob))).toEqual({ total: 0, active: 0, requests: 0 })
    await expect(getOwnKey(as(bob), second.id)).rejects.toEqual(refusal('not-found'))
    await expect(renameOwnKey(as(bob), second.id, 'mine')).rejects.toEqual(refusal('not-found'))
    await expect(revokeOwnKey(as(bob), second.id)).rejects.toEqual(refusal('not-found'))
  })

  it('of the owner of an open server belong to nobody else', async () => {
    const { key } = await make(localCaller())
    expect(key.userId).toBeNull()
    expect((await listOwnKeys(as(localCaller()))).map(({ id }) => id)).toContain(key.id)
    await expect(getOwnKey(as(await person('admin')), key.id)).rejects.toEqual(refusal('not-found'))
  })

  it('are revoked for good and once', async () => {
    const caller = await person()
    const { key, secret } = await make(caller)
    const revoked = await revokeOwnKey(as(caller), key.id)
    expect(revoked.status).toBe('revoked')
    expect(await revokeOwnKey(as(caller), key.id)).toEqual(revoked)
    await renameOwnKey(as(caller), key.id, 'gone')
    expect(await getOwnKey(as(caller), key.id)).toMatchObject({ name: 'gone', status: 'revoked' })
    expect((await look(secret))?.status).toBe('revoked')
    const actions = (await accounts.auditOf(key.id)).map(({ action }) => action)
    expect(actions.toSorted()).toEqual(['api-key.create', 'api-key.revoke', 'api-key.update'])
  })

  it('may have no scopes, and no name that does not fit', async () => {
    const caller = await person()
    expect((await make(caller, { scopes: [] })).key.scopes).toEqual([])
    const repeated = await make(caller, { scopes: ['prompts:read', 'prompts:read'] })
    expect((await getOwnKey(as(caller), repeated.key.id)).scopes).toEqual([
      'prompts:read',
      'prompts:read',
    ])
    for (const name of ['', '  ', 'x'.repeat(101), 'a\nb', '\ud800']) {
      await expect(make(caller, { name })).rejects.toEqual(refusal('invalid'))
      const { key } = await make(caller)
      await expect(renameOwnKey(as(caller), key.id, name)).rejects.toEqual(refusal('invalid'))
    }
  })

  it('are refused to viewers, to keys and to nobody in particular', async () => {
    const caller = await person()
    const { secret } = await make(caller, { scopes: ['prompts:read'] })
    const key = await look(secret)
    if (key === undefined) throw new Error('the key is not found')
    await expect(make(await person('viewer'))).rejects.toEqual(refusal('forbidden'))
    await expect(make(apiKeyCaller(key))).rejects.toEqual(refusal('unauthenticated'))
    await expect(listOwnKeys(as(anonymousCaller()))).rejects.toEqual(refusal('unauthenticated'))
    await expect(make(caller, { scopes: ['settings:manage'] })).rejects.toEqual(
      refusal('forbidden'),
    )
  })

  it('do no more than their owner may at that moment', async () => {
    const user = await accounts.add({ role: 'user' })
    const { secret } = await make(sessionOf(user), { scopes: ['prompts:read', 'files:upload'] })
    const admin = await person('admin')
    await updateUser(as(admin), user.id, { role: 'viewer' })
    expect((await look(secret))?.scopes).toEqual(['prompts:read'])
    await updateUser(as(admin), user.id, { status: 'inactive' })
    expect(await look(secret)).toMatchObject({ scopes: [], ownerRole: 'gone' })
  })
})
