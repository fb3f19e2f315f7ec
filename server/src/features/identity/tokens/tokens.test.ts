import type { Role } from '@pharos/contract/vocabulary.ts'
import { expect, it } from 'vitest'
import { Accounts, sessionOf } from '../../../../test/support/accounts.ts'
import { contextOf } from '../../../../test/support/context.ts'
import { describeEachDatabase } from '../../../../test/support/database.ts'
import { callerWith } from '../../../../test/support/caller.ts'
import { hashToken } from '../../../platform/secrets/tokens.ts'
import { anonymousCaller, apiKeyCaller, userIdOf, type Caller } from '../caller.ts'
import { keyByHash } from '../store.ts'
import { newTokenSecret } from './bodhi-token.ts'
import { createToken, type NewToken } from './create-token.ts'
import { deleteToken } from './delete-token.ts'
import { describeToken } from './describe-token.ts'
import { explainToken } from './explain-token.ts'
import { listTokens } from './list-tokens.ts'
import { tokenLevels, type TokenLevel } from './token-level.ts'
import { updateToken } from './update-token.ts'

const clientId = 'this-install'

function newToken(changes: Partial<NewToken> = {}): NewToken {
  return {
    name: 'mine',
    level: 'user',
    models: null,
    hidesModels: false,
    expiresAt: null,
    ...changes,
  }
}

describeEachDatabase('API tokens', (store) => {
  const accounts = new Accounts(store)
  const { clock } = accounts
  const person = async (role: Role): Promise<Caller> => sessionOf(await accounts.add({ role }))
  const as = (caller?: Caller) => ({ ...contextOf(store, clock, caller), clientId })
  const make = (caller: Caller, changes?: Partial<NewToken>) =>
    createToken(as(caller), newToken(changes))
  const page = { page: 1, pageSize: 30 }
  const setOwner = async (owner: Caller, changes: { role?: Role; status?: string }) => {
    const id = userIdOf(owner) ?? ''
    await store.db.write((tx) =>
      tx.db.updateTable('users').set(changes).where('id', '=', id).execute(),
    )
  }

  it('give their secret once and keep only its hash', async () => {
    const caller = await person('power_user')
    const { token, secret } = await make(caller, { name: ' ci ' })
    expect(token).toMatchObject({ name: 'ci', level: 'user', format: 'bodhi', status: 'active' })
    expect(token.userId).toBe('userId' in caller ? caller.userId : undefined)
    const rows = await store.db.read((tx) =>
      tx.db.selectFrom('api_keys').selectAll().where('id', '=', token.id).execute(),
    )
    expect(rows).toMatchObject([{ secret_hash: hashToken(secret), role_cap: 'user' }])
    const audit = await store.db.read((tx) =>
      tx.db.selectFrom('audit_log').selectAll().where('target_id', '=', token.id).execute(),
    )
    expect(audit.map(({ action }) => action)).toEqual(['api-key.create'])
    expect(JSON.stringify([rows, audit])).not.toContain(secret.slice(20))
  })

  it.each([
    ['user', 'models:read completions:run embeddings:run conversations:own', 'models:manage'],
    ['power_user', 'models:manage completions:run', 'traces:read'],
    ['manager', 'models:manage traces:read logs:write prompts:write', 'users:manage'],
    ['admin', 'models:manage executions:run', 'settings:manage'],
  ] as const)('of the level %s do what it says and no more', async (level, may, mayNot) => {
    const { secret } = await make(await person('admin'), { level })
    const key = await store.db.run(keyByHash, hashToken(secret))
    expect(key?.scopes).toEqual(expect.arrayContaining(may.split(' ')))
    expect(key?.scopes).not.toContain(mayNot)
  })

  it.each([
    ['power_user', ['user', 'power_user']],
    ['manager', ['user', 'power_user', 'manager']],
    ['admin', ['user', 'power_user', 'manager', 'admin']],
  ] as const)('are given by a %s up to the own role', async (role, given) => {
    const giver = await person(role)
    const outcomes = await Promise.all(
      tokenLevels.map((level) =>
        make(giver, { level }).then(
          () => [level],
          (error: unknown) => {
            expect(error).toMatchObject({
              code: 'forbidden',
              details: { code: 'token_route_error-privilege_escalation' },
            })
            return [] satisfies TokenLevel[]
          },
        ),
      ),
    )
    expect(outcomes.flat()).toEqual(given)
  })

  it.each(['viewer', 'user'] as const)('are not for a %s', async (role) => {
    await expect(make(await person(role))).rejects.toMatchObject({ code: 'forbidden' })
    await expect(listTokens(as(await person(role)), page)).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  it('are made and changed by people only, not by tokens', async () => {
    const owner = await person('admin')
    const { secret, token } = await make(owner, { level: 'admin' })
    const key = await store.db.run(keyByHash, hashToken(secret))
    const bearer = key === undefined ? callerWith() : apiKeyCaller(key)
    const details = { code: 'api_auth_error-missing_auth' }
    const refusal = { code: 'unauthenticated', details }
    await expect(make(bearer)).rejects.toMatchObject(refusal)
    await expect(listTokens(as(bearer), page)).rejects.toMatchObject(refusal)
    const off = { status: 'inactive' } as const
    await expect(updateToken(as(bearer), token.id, off)).rejects.toMatchObject(refusal)
    await expect(deleteToken(as(bearer), token.id)).rejects.toMatchObject(refusal)
    await expect(make(anonymousCaller())).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('are listed to their owner alone, the newest first and page by page', async () => {
    const [mine, other] = [await person('power_user'), await person('admin')]
    for (const name of ['first', 'second', 'third']) {
      clock.now += 1
      await make(mine, { name })
    }
    await make(other)
    const names = async (caller: Caller, at: number, pageSize: number) => {
      const { tokens, total } = await listTokens(as(caller), { page: at, pageSize })
      return [total, ...tokens.map(({ name }) => name)]
    }
    expect(await names(mine, 1, 2)).toEqual([3, 'third', 'second'])
    expect(await names(mine, 2, 2)).toEqual([3, 'first'])
    expect(await names(mine, 9, 2)).toEqual([3])
    expect(await names(other, 1, 30)).toEqual([1, 'mine'])
  })

  it('are switched off and on, renamed and deleted by their owner alone', async () => {
    const owner = await person('power_user')
    const { token, secret } = await make(owner)
    const missing = { code: 'not-found', details: { code: 'entity_error-not_found' } }
    const stranger = as(await person('admin'))
    const off = { status: 'inactive' } as const
    await expect(updateToken(stranger, token.id, off)).rejects.toMatchObject(missing)
    await expect(deleteToken(stranger, token.id)).rejects.toMatchObject(missing)

    const updated = await updateToken(as(owner), token.id, off)
    expect(updated).toMatchObject({ name: 'mine', status: 'inactive' })
    expect(updated.updatedAt).toBeGreaterThan(token.updatedAt)
    const renamed = await updateToken(as(owner), token.id, { name: 'other', status: 'active' })
    expect(renamed).toMatchObject({ name: 'other', status: 'active', level: 'user' })
    const again = await updateToken(as(owner), token.id, { status: 'active' })
    expect(again.updatedAt).toBe(renamed.updatedAt)

    await deleteToken(as(owner), token.id)
    expect((await store.db.run(keyByHash, hashToken(secret)))?.status).toBe('revoked')
    expect(await listTokens(as(owner), page)).toEqual({ tokens: [], total: 0 })
    await expect(deleteToken(as(owner), token.id)).rejects.toMatchObject(missing)
    await expect(updateToken(as(owner), token.id, off)).rejects.toMatchObject(missing)
  })

  it.each([
    ['a name that is too long', { name: 'x'.repeat(101) }, 'name'],
    ['a name with control characters', { name: 'a\u0007' }, 'name'],
    ['an end in the past', { expiresAt: 1 }, 'expires_at'],
  ])('are refused with %s', async (_what, changes, param) => {
    const refusal = { code: 'invalid', details: { param } }
    await expect(make(await person('admin'), changes)).rejects.toMatchObject(refusal)
  })

  it('keep a short name until somebody changes it', async () => {
    const owner = await person('power_user')
    const { token } = await make(owner, { name: 'ab' })
    const off = { name: 'ab', status: 'inactive' } as const
    expect(await updateToken(as(owner), token.id, off)).toMatchObject({ status: 'inactive' })
    await expect(
      updateToken(as(owner), token.id, { name: 'xy', status: 'active' }),
    ).rejects.toMatchObject({ code: 'invalid', details: { param: 'name' } })
  })

  it('reach the models that they were given', async () => {
    const models = ['chat', 'openai/*']
    const owner = await person('admin')
    const some = await make(owner, { models, hidesModels: true })
    expect(some.token.models).toEqual(models)
    const { tokens } = await listTokens(as(owner), page)
    expect(tokens).toMatchObject([{ models, hidesModels: true }])
    const none = await make(await person('admin'), { models: [] })
    expect((await store.db.run(keyByHash, hashToken(none.secret)))?.models).toEqual([])
    await expect(make(await person('admin'), { models: [' '] })).rejects.toMatchObject({
      code: 'invalid',
    })
  })

  it('that open nothing are told apart', async () => {
    const owner = await person('power_user')
    const why = async (secret: string) => {
      const key = await store.db.run(keyByHash, hashToken(secret))
      return explainToken(as(owner), secret, key)
    }
    const { token, secret } = await make(owner, { expiresAt: clock.now + 10 })
    expect(await why('pharos_abc')).toBeUndefined()
    expect(await why(secret.replace('sk-bodhiapp_', 'sk-bodhiapp_x'))).toBe(
      'token_error-invalid_token',
    )
    expect(await why(secret.replace(/\..*/, '.another-install'))).toBe('token_error-invalid_token')
    expect(await why(newTokenSecret(clientId))).toBe('auth_error-token_not_found')
    expect(await why(newTokenSecret('another-install'))).toBe('token_error-invalid_token')
    expect(await why(secret)).toBe('token_error-expired')
    await updateToken(as(owner), token.id, { status: 'inactive' })
    expect(await why(secret)).toBe('auth_error-token_inactive')
    await deleteToken(as(owner), token.id)
    expect(await why(secret)).toBe('auth_error-token_not_found')
    const left = await make(owner)
    await setOwner(owner, { status: 'inactive' })
    expect(await why(left.secret)).toBe('auth_error-token_inactive')
  })

  it('say no more of themselves than their owner may do now', async () => {
    const owner = await person('power_user')
    const { secret } = await make(owner, { level: 'power_user' })
    const level = async () => {
      const key = await store.db.run(keyByHash, hashToken(secret))
      return key && (await describeToken(as(apiKeyCaller(key))))?.level
    }
    expect(await level()).toBe('power_user')
    await setOwner(owner, { role: 'user' })
    expect(await level()).toBe('user')
    await setOwner(owner, { role: 'viewer' })
    expect(await level()).toBeNull()
  })
})
