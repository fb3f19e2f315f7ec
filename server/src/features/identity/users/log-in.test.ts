import { expect, it } from 'vitest'
import { Accounts, cheapHash, sessionOf } from '../../../../test/support/accounts.ts'
import { describeEachDatabase } from '../../../../test/support/database.ts'
import { anonymousCaller } from '../caller.ts'
import { logInWithPassword } from './log-in.ts'

describeEachDatabase('Login with a password', (store) => {
  const accounts = new Accounts(store)
  const logIn = (email: string, password = 'password') =>
    logInWithPassword(accounts.as(anonymousCaller()), { email, password })
  const rowOf = (id: string) =>
    store.db.read((tx) =>
      tx.db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    )
  const refused = { code: 'unauthenticated', message: 'The e-mail or password is wrong' }

  it('knows the user by e-mail in any case and remembers when they came', async () => {
    const { id } = await accounts.add({
      email: 'Ann.Lee@Example.org',
      emailKey: 'ann.lee@example.org',
    })
    accounts.clock.now += 10
    const user = await logIn('  ANN.lee@example.ORG ')
    expect(user).toMatchObject({
      id,
      email: 'Ann.Lee@Example.org',
      lastLoginAt: accounts.clock.now,
    })
    expect(await accounts.auditOf(id)).toEqual([
      { action: 'user.login', changes: { by: 'password' } },
    ])
  })

  it('makes a hash anew that was made more cheaply than is done now', async () => {
    const { id, email } = await accounts.add()
    await logIn(email)
    const { password_hash } = await rowOf(id)
    expect(password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    await logIn(email)
    expect((await rowOf(id)).password_hash).toBe(password_hash)
  })

  it('says the same to everybody who does not come in, and why to the audit', async () => {
    const people = [
      { why: 'not-active', user: await accounts.add({ status: 'inactive' }) },
      { why: 'not-active', user: await accounts.add({ status: 'pending', passwordHash: null }) },
      { why: 'no-password', user: await accounts.add({ passwordHash: null }) },
    ]
    for (const { why, user } of people) {
      await expect(logIn(user.email)).rejects.toMatchObject(refused)
      expect(await accounts.auditOf(user.id)).toEqual([
        { action: 'user.login.failed', changes: { by: 'password', why } },
      ])
      expect(await rowOf(user.id)).toMatchObject({ failed_logins: 0, locked_until: null })
    }
    await expect(logIn('nobody@example.org')).rejects.toMatchObject(refused)
    await expect(logIn('')).rejects.toMatchObject(refused)
    const { email } = await accounts.add()
    await expect(logIn(email, 'x'.repeat(2_000_000))).rejects.toMatchObject(refused)
    const lines = await accounts.auditOf('unknown')
    expect(lines).toHaveLength(2)
    expect(JSON.stringify(lines)).not.toContain('nobody@')
  })

  it('locks for half an hour with the fifth wrong password and says nothing of it', async () => {
    const { id, email } = await accounts.add()
    const { clock } = accounts
    for (let failures = 1; failures <= 5; failures += 1) {
      await expect(logIn(email, 'wrong')).rejects.toMatchObject(refused)
      const locked_until = failures < 5 ? null : clock.now + 1800
      expect(await rowOf(id)).toMatchObject({ failed_logins: failures, locked_until })
    }
    clock.now += 1799
    await expect(logIn(email)).rejects.toMatchObject(refused)
    await expect(logIn(email, 'wrong')).rejects.toMatchObject(refused)
    expect(await rowOf(id)).toMatchObject({ failed_logins: 5, locked_until: clock.now + 1 })
    const lines = await accounts.auditOf(id)
    expect(lines.slice(-2).map((line) => line.changes)).toEqual([
      { by: 'password', why: 'locked' },
      { by: 'password', why: 'locked' },
    ])
    clock.now += 1
    await expect(logIn(email, 'wrong')).rejects.toMatchObject(refused)
    expect(await rowOf(id)).toMatchObject({ failed_logins: 6, locked_until: clock.now + 1800 })
    clock.now += 1800
    await logIn(email)
    expect(await rowOf(id)).toMatchObject({ failed_logins: 0 })
    await expect(logIn(email, 'wrong')).rejects.toMatchObject(refused)
    expect(await rowOf(id)).toMatchObject({ failed_logins: 1 })
  })

  it('counts guesses that come all at once, and lets none in behind the lock', async () => {
    const { id, email } = await accounts.add()
    const guesses = await Promise.allSettled(
      Array.from({ length: 30 }, (_, index) =>
        logIn(email, index === 20 ? 'password' : `${index}`),
      ),
    )
    expect(guesses.filter(({ status }) => status === 'fulfilled')).toEqual([])
    const { failed_logins, locked_until } = await rowOf(id)
    expect(failed_logins).toBe(5)
    expect(locked_until).toBe(accounts.clock.now + 1800)
    expect(await accounts.countedAudit(id)).toEqual({ 'user.login.failed': 30 })
  })

  it('ends the session that the browser had, and none where nobody comes in', async () => {
    const before = await accounts.add({ role: 'admin' })
    const { email } = await accounts.add()
    const sessionId = await accounts.begin(before.id)
    const other = await accounts.begin(before.id)
    const enter = (password: string) =>
      logInWithPassword(accounts.as(sessionOf(before, sessionId)), { email, password })
    await expect(enter('wrong')).rejects.toMatchObject(refused)
    expect(await accounts.sessionsOf(before.id)).toHaveLength(2)
    await enter('password')
    expect(await accounts.sessionsOf(before.id)).toEqual([other])
  })

  it('does not let in whom somebody switched off while the password was compared', async () => {
    const { id, email } = await accounts.add()
    const entering = logIn(email)
    await store.db.write((tx) =>
      tx.db.updateTable('users').set({ status: 'inactive' }).where('id', '=', id).execute(),
    )
    await expect(entering).rejects.toMatchObject(refused)
    expect((await rowOf(id)).password_hash).toBe(cheapHash)
  })
})
