import type { Role } from '@pharos/contract/vocabulary.ts'
import { expect, it } from 'vitest'
import { Accounts, everyRole, sessionOf } from '../../../../test/support/accounts.ts'
import { callerWith } from '../../../../test/support/caller.ts'
import { describeEachDatabase, openForTest } from '../../../../test/support/database.ts'
import { anonymousCaller, localCaller, type Caller } from '../caller.ts'
import { deleteUser } from './delete-user.ts'
import { getUser } from './get-user.ts'
import { inviteUser } from './invite-user.ts'
import { listUsers } from './list-users.ts'
import { resetPassword } from './reset-password.ts'
import { activateUser, deactivateUser, updateUser } from './update-user.ts'
import type { UserFilter } from './user-store.ts'

const forbidden = { code: 'forbidden' }

describeEachDatabase('Managing users', (store) => {
  const accounts = new Accounts(store)
  const local = () => accounts.as(localCaller())
  const dropEverybody = () => store.db.write((tx) => tx.db.deleteFrom('users').execute())

  it.each(['viewer', 'user', 'power_user'] as const)('is not for a %s', async (role) => {
    const user = await accounts.add()
    for (const caller of [sessionOf(await accounts.add({ role })), callerWith('settings:manage')]) {
      const ctx = accounts.as(caller)
      const person = { email: 'new@example.org', name: 'New', role: 'viewer' as const }
      await expect(inviteUser(ctx, person)).rejects.toMatchObject(forbidden)
      await expect(listUsers(ctx, { limit: 1, offset: 0 })).rejects.toMatchObject(forbidden)
      await expect(getUser(ctx, user.id)).rejects.toMatchObject(forbidden)
      await expect(updateUser(ctx, user.id, { name: 'X' })).rejects.toMatchObject(forbidden)
      await expect(activateUser(ctx, user.id)).rejects.toMatchObject(forbidden)
      await expect(deactivateUser(ctx, user.id)).rejects.toMatchObject(forbidden)
      await expect(resetPassword(ctx, user.id)).rejects.toMatchObject(forbidden)
      await expect(deleteUser(ctx, user.id)).rejects.toMatchObject(forbidden)
    }
    const nobody = accounts.as(anonymousCaller())
    await expect(deleteUser(nobody, user.id)).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('reaches up to the own role, in the user and in what is given', async () => {
    await accounts.add({ role: 'admin' })
    for (const own of ['manager', 'admin'] as const) {
      const ctx = accounts.as(sessionOf(await accounts.add({ role: own })))
      for (const role of everyRole) {
        const other = await accounts.add({ role })
        const given = await accounts.add({ role: 'viewer' })
        const mayReach = everyRole.indexOf(role) <= everyRole.indexOf(own)
        const asked = [
          () => updateUser(ctx, other.id, { name: 'Changed' }),
          () => updateUser(ctx, given.id, { role }),
          () => inviteUser(ctx, { email: `of-${other.id}@example.org`, name: 'New', role }),
          () => resetPassword(ctx, other.id),
          () => activateUser(ctx, other.id),
        ]
        for (const one of asked) {
          if (mayReach) await expect(one()).resolves.toBeDefined()
          else await expect(one()).rejects.toMatchObject(forbidden)
        }
        const deleted = deleteUser(ctx, other.id)
        if (mayReach) await expect(deleted).resolves.toBeUndefined()
        else await expect(deleted).rejects.toMatchObject(forbidden)
      }
    }
    await dropEverybody()
  })

  it('needs every power of the role that is given, whatever else a key has', async () => {
    const { id } = await accounts.add({ role: 'viewer' })
    const ctx = accounts.as(callerWith('users:manage'))
    await expect(updateUser(ctx, id, { name: 'X' })).rejects.toMatchObject(forbidden)
    expect((await listUsers(ctx, { limit: 5, offset: 0 })).total).toBe(1)
    await dropEverybody()
  })

  it('is over with the role or the account, even for a request that is under way', async () => {
    const manager = await accounts.add({ role: 'manager' })
    const user = await accounts.add()
    const ctx = accounts.as(sessionOf(manager))
    await updateUser(local(), manager.id, { role: 'power_user' })
    await expect(updateUser(ctx, user.id, { role: 'manager' })).rejects.toMatchObject(forbidden)
    await updateUser(local(), manager.id, { role: 'manager', status: 'inactive' })
    await expect(updateUser(ctx, user.id, { name: 'X' })).rejects.toMatchObject(forbidden)
    await deleteUser(local(), manager.id)
    await expect(deleteUser(ctx, user.id)).rejects.toMatchObject(forbidden)
    await dropEverybody()
  })

  it('changes what is given, ends sessions with another role or status, and is on record', async () => {
    const { id } = await accounts.add({ roleSource: 'claim', profile: { timezone: 'UTC', a: 1 } })
    const first = await accounts.begin(id)
    const renamed = await updateUser(local(), id, { name: ' Bo ', profileMembers: { a: 2 } })
    expect(renamed).toMatchObject({
      name: 'Bo',
      roleSource: 'claim',
      profile: { timezone: 'UTC', a: 2 },
    })
    expect(await accounts.sessionsOf(id)).toEqual([first])
    accounts.clock.now += 1
    const same = await updateUser(local(), id, { role: 'user' })
    expect(same).toMatchObject({ role: 'user', roleSource: 'local' })
    expect(await accounts.sessionsOf(id)).toEqual([first])
    accounts.clock.now += 1
    await updateUser(local(), id, { role: 'power_user', profile: {} })
    expect(await accounts.sessionsOf(id)).toEqual([])
    accounts.clock.now += 1
    await accounts.begin(id)
    await deactivateUser(local(), id)
    expect(await accounts.sessionsOf(id)).toEqual([])
    const { user } = await getUser(local(), id)
    expect(user).toMatchObject({ name: 'Bo', role: 'power_user', status: 'inactive', profile: {} })
    const lines = await accounts.auditOf(id)
    expect(lines.map(({ changes }) => changes)).toEqual([
      { name: 'Bo', profile: '(changed)' },
      { roleSource: 'local' },
      { role: 'power_user', profile: '(changed)' },
      { status: 'inactive' },
    ])
    await dropEverybody()
  })

  it('unlocks and lets in again', async () => {
    const { id } = await accounts.add({ status: 'inactive' })
    await store.db.write((tx) =>
      tx.db.updateTable('users').set({ failed_logins: 7, locked_until: 2e9 }).execute(),
    )
    expect(await activateUser(local(), id)).toMatchObject({ status: 'active', lockedUntil: null })
    const row = await store.db.read((tx) =>
      tx.db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    )
    expect(row).toMatchObject({ status: 'active', failed_logins: 0, locked_until: null })
    await dropEverybody()
  })

  it('says that there is no such user, and refuses what is none of its values', async () => {
    const { id } = await accounts.add()
    const missing = { code: 'not-found' }
    await expect(getUser(local(), 'nobody')).rejects.toMatchObject(missing)
    await expect(updateUser(local(), 'nobody', {})).rejects.toMatchObject(missing)
    await expect(resetPassword(local(), 'nobody')).rejects.toMatchObject(missing)
    await expect(deleteUser(local(), 'nobody')).rejects.toMatchObject(missing)
    const invalid = { code: 'invalid' }
    await expect(updateUser(local(), id, { name: ' ' })).rejects.toMatchObject(invalid)
    await expect(updateUser(local(), id, { status: 'pending' })).rejects.toMatchObject(invalid)
    const long = { profile: { text: 'x'.repeat(20_000) } }
    await expect(updateUser(local(), id, long)).rejects.toMatchObject(invalid)
    await dropEverybody()
  })

  it('lets everybody look at themselves', async () => {
    const user = await accounts.add({ role: 'viewer' })
    const seen = await getUser(accounts.as(sessionOf(user)), user.id)
    expect(seen).toEqual({ user, invitation: null })
    await dropEverybody()
  })

  it('keeps the last active admin, whoever asks', async () => {
    const admin = await accounts.add({ role: 'admin' })
    await accounts.add({ role: 'admin', status: 'inactive' })
    await accounts.add({ role: 'admin', status: 'pending' })
    for (const caller of [localCaller(), sessionOf(admin)]) {
      const ctx = accounts.as(caller)
      await expect(updateUser(ctx, admin.id, { role: 'manager' })).rejects.toMatchObject(forbidden)
      await expect(deactivateUser(ctx, admin.id)).rejects.toMatchObject(forbidden)
      await expect(deleteUser(ctx, admin.id)).rejects.toMatchObject(forbidden)
      await updateUser(ctx, admin.id, { name: 'Still admin', role: 'admin', status: 'active' })
    }
    const other = await accounts.add({ role: 'admin' })
    await updateUser(local(), admin.id, { role: 'manager' })
    await expect(deleteUser(local(), other.id)).rejects.toMatchObject(forbidden)
    await dropEverybody()
  })

  const goodbyes: readonly (readonly [string, (caller: Caller, id: string) => Promise<unknown>])[] =
    [
      ['demoted', (caller, id) => updateUser(accounts.as(caller), id, { role: 'viewer' })],
      ['switched off', (caller, id) => deactivateUser(accounts.as(caller), id)],
      ['deleted', (caller, id) => deleteUser(accounts.as(caller), id)],
    ]
  it.each(goodbyes)('leaves one admin where all are %s at once', async (_how, leave) => {
    const admins = await Promise.all(
      Array.from({ length: 4 }, () => accounts.add({ role: 'admin' })),
    )
    const left = await Promise.allSettled(admins.map(({ id }) => leave(localCaller(), id)))
    expect(left.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    const filter: UserFilter = { roles: ['admin'], status: 'active', limit: 9, offset: 0 }
    expect((await listUsers(local(), filter)).total).toBe(1)
    await dropEverybody()
  })

  it('leaves one of two admins whom two processes demote at once', async () => {
    const other = store.dialect === 'postgres' ? await openForTest(store.location) : undefined
    for (let round = 0; round < 5; round += 1) {
      const admins = [await accounts.add({ role: 'admin' }), await accounts.add({ role: 'admin' })]
      const left = await Promise.allSettled(
        admins.map((admin, index) =>
          updateUser(
            { ...accounts.as(sessionOf(admin)), db: (index === 0 && other?.db) || store.db },
            admins[1 - index]?.id ?? '',
            { role: 'user' },
          ),
        ),
      )
      expect(left.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
      await dropEverybody()
    }
    await other?.db[Symbol.asyncDispose]()
  })
})

describeEachDatabase('The list of users', (store) => {
  const accounts = new Accounts(store)
  const list = async (filter: Partial<UserFilter> = {}) => {
    const found = await listUsers(accounts.as(localCaller()), { limit: 10, offset: 0, ...filter })
    return { ...found, names: found.users.map(({ name }) => name) }
  }
  const people: readonly (readonly [string, string, Role])[] = [
    ['Ann', 'ann@acme.org', 'viewer'],
    ['Bob', 'bob@other.org', 'user'],
    ['Cora Acme', 'cora@other.org', 'power_user'],
    ['Dan 100%_', 'dan@other.org', 'admin'],
  ]

  it('shows the newest first, page by page', async () => {
    for (const [name, email, role] of people) {
      accounts.clock.now += 1
      await accounts.add({ name, email, role, createdAt: accounts.clock.now })
    }
    await accounts.add({ name: 'Eve', status: 'pending', createdAt: accounts.clock.now + 1 })
    expect(await list()).toMatchObject({
      names: ['Eve', 'Dan 100%_', 'Cora Acme', 'Bob', 'Ann'],
      total: 5,
    })
    expect(await list({ limit: 2, offset: 2 })).toMatchObject({
      names: ['Cora Acme', 'Bob'],
      total: 5,
    })
    expect(await list({ offset: 9 })).toMatchObject({ names: [], total: 5 })
  })

  it('is narrowed by roles, status and text, names before e-mails', async () => {
    expect((await list({ roles: ['user', 'power_user'] })).names).toEqual([
      'Eve',
      'Cora Acme',
      'Bob',
    ])
    expect((await list({ roles: [] })).names).toEqual([])
    expect((await list({ status: 'pending' })).names).toEqual(['Eve'])
    expect((await list({ search: 'ACME' })).names).toEqual(['Cora Acme', 'Ann'])
    expect((await list({ search: 'an' })).names).toEqual(['Dan 100%_', 'Ann'])
    expect((await list({ search: 'other', roles: ['admin'] })).names).toEqual(['Dan 100%_'])
    expect((await list({ search: '0%_' })).names).toEqual(['Dan 100%_'])
    expect((await list({ search: '%' })).total).toBe(1)
    expect((await list({ search: '\\' })).total).toBe(0)
    expect((await list({ search: '' })).total).toBe(5)
  })
})
