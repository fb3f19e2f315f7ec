import { expect, it } from 'vitest'
import { Accounts, cheapHash, sessionOf } from '../../../../test/support/accounts.ts'
import { callerWith } from '../../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../../test/support/database.ts'
import { anonymousCaller, localCaller } from '../caller.ts'
import { logInWithPassword } from './log-in.ts'
import { changeOwnPassword, updateOwnProfile } from './own-account.ts'
import { PasswordRoom } from './password-room.ts'
import { verifyPassword } from './passwords.ts'
import { findUser, savePassword } from './user-store.ts'

describeEachDatabase("One's own account", (store) => {
  const accounts = new Accounts(store)
  const forbidden = { code: 'forbidden' }
  const logIn = (email: string, password: string) =>
    logInWithPassword(accounts.as(anonymousCaller()), { email, password })

  it('belongs to who is logged in and not to a key', async () => {
    const passwords = { current: 'password', next: 'a new password' }
    for (const caller of [localCaller(), callerWith('users:manage')]) {
      const ctx = accounts.as(caller)
      await expect(updateOwnProfile(ctx, { name: 'X' })).rejects.toMatchObject(forbidden)
      await expect(changeOwnPassword(ctx, passwords)).rejects.toMatchObject(forbidden)
    }
    const nobody = accounts.as(anonymousCaller())
    const unknown = { code: 'unauthenticated' }
    await expect(updateOwnProfile(nobody, { name: 'X' })).rejects.toMatchObject(unknown)
    await expect(changeOwnPassword(nobody, passwords)).rejects.toMatchObject(unknown)
  })

  it('takes a new name and adds to the profile', async () => {
    const user = await accounts.add({ role: 'viewer', profile: { theme: 'dark' } })
    const ctx = accounts.as(sessionOf(user))
    const changed = await updateOwnProfile(ctx, { profile: { timezone: 'UTC' } })
    expect(changed).toMatchObject({ name: user.name, profile: { theme: 'dark', timezone: 'UTC' } })
    accounts.clock.now += 1
    expect(await updateOwnProfile(ctx, { name: ' Zoë ' })).toMatchObject({ name: 'Zoë' })
    expect(await accounts.auditOf(user.id)).toEqual([
      { action: 'user.update', changes: { profile: '(changed)' } },
      { action: 'user.update', changes: { name: 'Zoë' } },
    ])
  })

  it('changes its password and keeps but the session that asked', async () => {
    const user = await accounts.add()
    const [mine] = [await accounts.begin(user.id), await accounts.begin(user.id)]
    const ctx = accounts.as(sessionOf(user, mine))
    const next = 'a new password'
    const short = changeOwnPassword(ctx, { current: 'password', next: 'short' })
    await expect(short).rejects.toMatchObject({ code: 'invalid' })
    const wrong = changeOwnPassword(ctx, { current: 'wrong', next })
    await expect(wrong).rejects.toMatchObject(forbidden)
    expect(await accounts.sessionsOf(user.id)).toHaveLength(2)
    await changeOwnPassword(ctx, { current: 'password', next })
    expect(await accounts.sessionsOf(user.id)).toEqual([mine])
    await expect(logIn(user.email, 'password')).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(await logIn(user.email, next)).toMatchObject({ id: user.id })
    const lines = await accounts.auditOf(user.id)
    expect(lines).toContainEqual({ action: 'user.update', changes: { password: '(secret)' } })
    expect(JSON.stringify(lines)).not.toContain(next)
  })

  it('is not logged in to by a new password, and hashes only that one', async () => {
    const user = await accounts.add()
    const hashed: string[] = []
    const passwords = new PasswordRoom({
      verify: verifyPassword,
      hash: async (password) => {
        hashed.push(password)
        return cheapHash
      },
    })
    const ctx = { ...accounts.as(sessionOf(user)), passwords }
    await changeOwnPassword(ctx, { current: 'password', next: 'a new password' })
    expect(hashed).toEqual(['a new password'])
    expect(await store.db.read((tx) => findUser(tx, user.id))).toMatchObject({ lastLoginAt: null })
  })

  it('keeps the password that somebody else set while the present one was compared', async () => {
    const user = await accounts.add()
    const at = accounts.clock.now
    const passwords = new PasswordRoom({
      hash: async () => cheapHash,
      verify: async (...shown) => {
        await store.db.write((tx) => savePassword(tx, user.id, { passwordHash: null, at }))
        return verifyPassword(...shown)
      },
    })
    const ctx = { ...accounts.as(sessionOf(user)), passwords }
    const changing = changeOwnPassword(ctx, { current: 'password', next: 'a new password' })
    await expect(changing).rejects.toMatchObject(forbidden)
    expect(await store.db.read((tx) => findUser(tx, user.id))).toMatchObject({ hasPassword: false })
  })

  it('locks for who tries passwords with a session that is not theirs', async () => {
    const user = await accounts.add()
    const ctx = accounts.as(sessionOf(user))
    for (let tries = 0; tries < 5; tries += 1) {
      const tried = changeOwnPassword(ctx, { current: 'guess', next: 'a new password' })
      await expect(tried).rejects.toMatchObject(forbidden)
    }
    const right = changeOwnPassword(ctx, { current: 'password', next: 'a new password' })
    await expect(right).rejects.toMatchObject(forbidden)
    expect(await accounts.countedAudit(user.id)).toEqual({ 'user.login.failed': 6 })
  })

  it('has no password to change where the login is elsewhere', async () => {
    const user = await accounts.add({ passwordHash: null })
    const ctx = accounts.as(sessionOf(user))
    const asked = changeOwnPassword(ctx, { current: '', next: 'a new password' })
    await expect(asked).rejects.toMatchObject(forbidden)
  })
})
