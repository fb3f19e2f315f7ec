import { expect, it } from 'vitest'
import { Accounts, sessionOf } from '../../../../test/support/accounts.ts'
import { callerWith } from '../../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../../test/support/database.ts'
import { anonymousCaller, localCaller } from '../caller.ts'
import { acceptInvitation } from './accept-invitation.ts'
import { dropOldInvitations } from './delete-user.ts'
import { getUser } from './get-user.ts'
import { inviteUser } from './invite-user.ts'
import { logInWithPassword } from './log-in.ts'
import { resetPassword } from './reset-password.ts'
import { deactivateUser, updateUser } from './update-user.ts'

const week = 7 * 24 * 60 * 60

describeEachDatabase('An invitation', (store) => {
  const accounts = new Accounts(store)
  const local = () => accounts.as(localCaller())
  const guest = () => accounts.as(anonymousCaller())
  let count = 0
  const invite = () =>
    inviteUser(local(), { email: `New.${(count += 1)}@example.org`, name: ' New ', role: 'user' })
  const accept = (token: string, password: string | null = 'chosen by me') =>
    acceptInvitation(guest(), { token, password })
  const logIn = (email: string, password: string) => logInWithPassword(guest(), { email, password })
  const gone = { code: 'not-found' }

  it('shows its token once and keeps its hash', async () => {
    const admin = await accounts.add({ role: 'admin' })
    const { user, token, invitation } = await inviteUser(accounts.as(sessionOf(admin)), {
      email: 'Guest@Example.org',
      name: 'Guest',
      role: 'power_user',
      profile: { timezone: 'Europe/Zurich' },
    })
    expect(token).toMatch(/^[\da-f]{64}$/)
    expect(user).toMatchObject({
      email: 'Guest@Example.org',
      role: 'power_user',
      status: 'pending',
      hasPassword: false,
      profile: { timezone: 'Europe/Zurich' },
    })
    const now = accounts.clock.now
    const told = { userId: user.id, invitedBy: admin.id, createdAt: now, expiresAt: now + week }
    expect(invitation).toEqual(told)
    expect(await getUser(local(), user.id)).toEqual({ user, invitation: told })
    const rows = await store.db.read(async (tx) => [
      await tx.db.selectFrom('invitations').selectAll().execute(),
      await tx.db.selectFrom('audit_log').selectAll().execute(),
    ])
    expect(JSON.stringify(rows)).not.toContain(token)
    expect(await accounts.countedAudit(user.id)).toEqual({ 'user.create': 1 })
  })

  it('is for an e-mail that nobody has, in whatever case', async () => {
    const { user } = await invite()
    const again = inviteUser(local(), { ...user, email: user.email.toUpperCase() })
    await expect(again).rejects.toMatchObject({ code: 'conflict' })
    const [one, ...others] = await Promise.allSettled(
      Array.from({ length: 4 }, () =>
        inviteUser(local(), { email: 'same@example.org', name: 'Same', role: 'user' }),
      ),
    )
    const made = [one, ...others].filter((each) => each?.status === 'fulfilled')
    expect(made).toHaveLength(1)
  })

  it('lets one of many who have the token choose a password', async () => {
    const { user, token } = await invite()
    expect(user.name).toBe('New')
    await expect(accept(token, 'short')).rejects.toMatchObject({ code: 'invalid' })
    await expect(logIn(user.email, 'chosen by me')).rejects.toMatchObject({
      code: 'unauthenticated',
    })
    const taken = await Promise.allSettled([accept(token), accept(token), accept(token)])
    const came = taken.filter((one) => one.status === 'fulfilled')
    expect(came.map(({ value }) => value)).toMatchObject([
      { id: user.id, status: 'active', hasPassword: true },
    ])
    await expect(accept(token)).rejects.toMatchObject(gone)
    expect(await logIn(user.email, 'chosen by me')).toMatchObject({ id: user.id })
    const changes = { status: 'active', password: '(secret)', by: 'invitation' }
    const line = { action: 'user.update', changes }
    expect(await accounts.auditOf(user.id)).toContainEqual(line)
  })

  it('opens an account without a password that no password opens', async () => {
    const { user, token } = await invite()
    expect(await accept(token, null)).toMatchObject({ status: 'active', hasPassword: false })
    await expect(logIn(user.email, '')).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('is over after a week, with a newer one, and while the user is switched off', async () => {
    await expect(accept('0'.repeat(64))).rejects.toMatchObject(gone)
    const { user, token } = await invite()
    const newer = await resetPassword(local(), user.id)
    expect(newer.invitation.expiresAt).toBe(accounts.clock.now + week)
    await expect(accept(token)).rejects.toMatchObject(gone)
    await deactivateUser(local(), user.id)
    await expect(accept(newer.token)).rejects.toMatchObject(gone)
    await updateUser(local(), user.id, { status: 'active' })
    accounts.clock.now += week
    await expect(accept(newer.token)).rejects.toMatchObject(gone)
  })

  it('takes a lost password and all sessions, and gives way to a new one for a day', async () => {
    const { id, email } = await accounts.add()
    await accounts.begin(id)
    const { user, token, invitation } = await resetPassword(local(), id)
    expect(user).toMatchObject({ status: 'active', hasPassword: false })
    expect(invitation.expiresAt).toBe(accounts.clock.now + week / 7)
    expect(await accounts.sessionsOf(id)).toEqual([])
    await expect(logIn(email, 'password')).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(accept(token, null)).rejects.toMatchObject({ code: 'invalid' })
    await accounts.begin(id)
    await accept(token)
    expect(await accounts.sessionsOf(id)).toEqual([])
    expect(await logIn(email, 'chosen by me')).toMatchObject({ id })
    const lines = await accounts.auditOf(id)
    expect(lines).toContainEqual({ action: 'user.reset', changes: { password: '(secret)' } })
  })

  it('is swept away when over, with who did not come and nobody else', async () => {
    await store.db.write((tx) => tx.db.deleteFrom('users').execute())
    const old = await invite()
    const came = await invite()
    await accept(came.token)
    await resetPassword(local(), came.user.id)
    const mighty = await inviteUser(local(), { email: 'm@example.org', name: 'M', role: 'admin' })
    accounts.clock.now += week
    const fresh = await invite()
    const left = async () =>
      (await store.db.read((tx) => tx.db.selectFrom('users').select('id').execute())).map(
        ({ id }) => id,
      )
    const manager = await accounts.add({ role: 'manager' })
    await expect(dropOldInvitations(accounts.as(callerWith()))).rejects.toMatchObject({
      code: 'forbidden',
    })
    expect(await dropOldInvitations(accounts.as(sessionOf(manager)))).toBe(1)
    expect(await left()).not.toContain(old.user.id)
    expect(await dropOldInvitations(local())).toBe(1)
    expect(await left()).not.toContain(mighty.user.id)
    expect(await left()).toEqual(expect.arrayContaining([came.user.id, fresh.user.id, manager.id]))
  })
})
