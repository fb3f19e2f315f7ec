import { describe, expect, it } from 'vitest'
import { Accounts } from '../../../../test/support/accounts.ts'
import { describeEachDatabase, openForTest } from '../../../../test/support/database.ts'
import { anonymousCaller } from '../caller.ts'
import { admitPerson } from '../oidc/admit-person.ts'
import { allowFirstAdmin } from './allow-first-admin.ts'
import { hasActiveAdmin, registerFirstAdmin } from './first-admin.ts'
import { logInWithPassword } from './log-in.ts'
import type { User } from './user.ts'

describeEachDatabase('The first admin', (store) => {
  const accounts = new Accounts(store)
  const ctx = () => accounts.as(anonymousCaller())
  const promote = async ({ id: subject, email, name }: User): Promise<boolean> => {
    const person = { issuer: 'i', subject, email, isEmailVerified: true, name, role: undefined }
    const rules = { defaultRole: 'viewer', mayBecomeAdmin: true } as const
    const admission = await store.db.write((tx) => admitPerson(ctx(), tx, person, rules))
    return admission.isIn && admission.isFirstAdmin
  }
  const register = (email: string, password = 'long enough', on = ctx()) =>
    registerFirstAdmin(on, { email, name: ' Ann ', password })
  const dropAdmins = () =>
    store.db.write((tx) => tx.db.deleteFrom('users').where('role', '=', 'admin').execute())

  it('is refused what is no e-mail, name or password', async () => {
    const invalid = { code: 'invalid' }
    await expect(register('not an address')).rejects.toMatchObject(invalid)
    await expect(register('a@b@c')).rejects.toMatchObject(invalid)
    await expect(register('ann@example.org', 'shorter')).rejects.toMatchObject(invalid)
    await expect(register('ann@example.org', 'x'.repeat(1025))).rejects.toMatchObject(invalid)
    const nameless = { email: 'ann@example.org', name: ' \n', password: 'long enough' }
    await expect(registerFirstAdmin(ctx(), nameless)).rejects.toMatchObject(invalid)
    expect(await hasActiveAdmin(ctx())).toBe(false)
  })

  it('is made by one of many who ask at once, by whatever process and door', async () => {
    const person = await accounts.add()
    const { db: ofAnotherProcess } =
      store.dialect === 'postgres' ? await openForTest(store.location) : store
    const asked = await Promise.allSettled([
      ...Array.from({ length: 6 }, (_, index) =>
        register(`ann${index}@example.org`, 'long enough', {
          ...ctx(),
          db: index % 2 === 0 ? store.db : ofAnotherProcess,
        }),
      ),
      promote(person),
    ])
    if (ofAnotherProcess !== store.db) await ofAnotherProcess[Symbol.asyncDispose]()
    const made = asked.filter((one) => one.status === 'fulfilled' && one.value !== false)
    expect(made).toHaveLength(1)
    for (const one of asked) {
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'conflict' })
    }
    const admins = await store.db.read((tx) =>
      tx.db.selectFrom('users').select('id').where('role', '=', 'admin').execute(),
    )
    expect(admins).toHaveLength(1)
    expect(await hasActiveAdmin(ctx())).toBe(true)
    await expect(register('late@example.org')).rejects.toMatchObject({ code: 'conflict' })
    expect(await promote(person)).toBe(false)
    await dropAdmins()
  })

  it('can log in, and the audit knows whence they are', async () => {
    const user = await register('First@Example.org')
    expect(user).toMatchObject({
      email: 'First@Example.org',
      name: 'Ann',
      role: 'admin',
      roleSource: 'local',
      status: 'active',
      hasPassword: true,
    })
    const shown = { email: 'first@example.org', password: 'long enough' }
    expect(await logInWithPassword(ctx(), shown)).toMatchObject({ id: user.id })
    const lines = await accounts.auditOf(user.id)
    const line = lines.find(({ action }) => action === 'user.create')
    expect(line).toMatchObject({ changes: { isFirstAdmin: true } })
    expect(JSON.stringify(line)).not.toContain('long enough')
    await dropAdmins()
  })

  it('does not take the e-mail of a user who is there', async () => {
    const { email } = await accounts.add()
    await expect(register(email.toUpperCase())).rejects.toMatchObject({ code: 'conflict' })
    expect(await hasActiveAdmin(ctx())).toBe(false)
  })

  it('may be an active user who came by another login, for good', async () => {
    const person = await accounts.add({ roleSource: 'claim', role: 'viewer' })
    const inactive = await accounts.add({ status: 'inactive' })
    const session = await accounts.begin(person.id)
    expect(await accounts.sessionsOf(person.id)).toEqual([session])
    expect(await promote(inactive)).toBe(false)
    expect(await promote(person)).toBe(true)
    expect(await accounts.sessionsOf(person.id)).toEqual([])
    const [row] = await store.db.read((tx) =>
      tx.db.selectFrom('users').selectAll().where('role', '=', 'admin').execute(),
    )
    expect(row).toMatchObject({ id: person.id, role_source: 'local' })
    await dropAdmins()
  })

  it('is only missed while no admin can log in', async () => {
    await accounts.add({ role: 'admin', status: 'pending' })
    await accounts.add({ role: 'admin', status: 'inactive' })
    expect(await hasActiveAdmin(ctx())).toBe(false)
    await accounts.add({ role: 'admin' })
    expect(await hasActiveAdmin(ctx())).toBe(true)
  })
})

describe('The door of the first admin', () => {
  const setupTokens = ['a token', 'another']

  it('is open at this machine, and elsewhere to who knows a token', () => {
    const open = [
      { isAtThisMachine: true, shown: null, setupTokens: [] },
      { isAtThisMachine: true, shown: 'wrong', setupTokens },
      { isAtThisMachine: false, shown: 'another', setupTokens },
    ]
    for (const door of open) expect(() => allowFirstAdmin(door)).not.toThrow()
    const closed = [
      { isAtThisMachine: false, shown: null, setupTokens },
      { isAtThisMachine: false, shown: '', setupTokens },
      { isAtThisMachine: false, shown: 'a toke', setupTokens },
      { isAtThisMachine: false, shown: '', setupTokens: [] },
      { isAtThisMachine: false, shown: null, setupTokens: [] },
    ]
    for (const door of closed) {
      expect(() => allowFirstAdmin(door)).toThrow(expect.objectContaining({ code: 'forbidden' }))
    }
  })
})
