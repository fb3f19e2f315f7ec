import { beforeEach, describe, expect, it } from 'vitest'
import { OidcBrowser } from '../../../../test/support/oidc-browser.ts'
import {
  callback,
  describeEachDesk,
  from,
  refusedWith,
  type Desk,
} from '../../../../test/support/oidc-desk.ts'
import { findUser } from '../users/user-store.ts'
import { beginLogin } from './begin-login.ts'
import { completeLogin, type LoginOutcome } from './complete-login.ts'

describeEachDesk('who comes in', (deskNow) => {
  let desk: Desk
  beforeEach(() => {
    desk = deskNow()
  })

  it('makes a user with the role of the claim and a session with the tokens', async () => {
    const person = {
      email: 'Ann@lab.test',
      name: 'Ann',
      roles: ['resource_user', 'resource_manager'],
    }
    const { user, started, isFirstAdmin } = await desk.mustLogIn('ann', { person })
    expect(user).toMatchObject({
      email: 'Ann@lab.test',
      name: 'Ann',
      role: 'manager',
      roleSource: 'claim',
      status: 'active',
      lastLoginAt: desk.clock.now,
    })
    expect(isFirstAdmin).toBe(false)
    expect(started.session).toMatchObject({ kind: 'oidc', userId: user.id, ...from })
    expect(await desk.tokensOf(started.session.id)).toMatchObject({
      issuer: desk.issuer.url,
      subject: 'ann',
      expiresAt: desk.clock.now + 3600,
      refreshToken: expect.any(String),
    })
    const again = await desk.mustLogIn('ann')
    expect(again.user.id).toBe(user.id)
    expect(again.started.secret).not.toBe(started.secret)
    expect(await desk.audit()).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^user\.create /u),
        expect.stringMatching(/^user\.login .*"by":"oidc"/u),
      ]),
    )
  })

  describe('the role', () => {
    it('is the default one where the issuer gives none, and nobody comes in without', async () => {
      const person = { email: 'bob@lab.test' }
      await expect(desk.logIn('bob', { person })).rejects.toEqual(
        refusedWith('auth_error-missing_roles'),
      )
      expect(await desk.audit()).toEqual(['user.login.failed {"by":"oidc","why":"no-role"}'])
      const { user } = await desk.mustLogIn('bob', { defaultRole: 'viewer' })
      expect(user.role).toBe('viewer')
      const strange = { ...person, roles: ['owner', 'constructor'] }
      await expect(desk.logIn('bob', { person: strange })).rejects.toEqual(
        refusedWith('auth_error-missing_roles'),
      )
    })

    it('follows the claim at each login, but not where people gave it', async () => {
      const email = 'cy@lab.test'
      await desk.mustLogIn('cy', { person: { email, roles: ['resource_admin'] } })
      await desk.addUser('other@lab.test', { role: 'admin' })
      const changed = await desk.mustLogIn('cy', { person: { email, roles: ['resource_user'] } })
      expect(changed.user.role).toBe('user')
      await desk.store.db.write((tx) =>
        tx.db.updateTable('users').set({ role_source: 'local', role: 'power_user' }).execute(),
      )
      const kept = await desk.mustLogIn('cy', { person: { email, roles: ['resource_admin'] } })
      expect(kept.user.role).toBe('power_user')
    })

    it('stays with the last active admin whatever the issuer says', async () => {
      const email = 'dan@lab.test'
      await desk.mustLogIn('dan', { person: { email, roles: ['resource_admin'] } })
      await desk.addUser('off@lab.test', { role: 'admin', status: 'inactive' })
      const less = await desk.mustLogIn('dan', { person: { email, roles: ['resource_user'] } })
      expect(less.user.role).toBe('admin')
      const none = await desk.mustLogIn('dan', { person: { email } })
      expect(none.user.role).toBe('admin')
    })

    it('is admin for the first who comes while one is awaited, of many at once for one', async () => {
      const people = ['eve', 'fay', 'gil']
      const outcomes = await Promise.all(
        people.map(async (subject) => {
          desk.issuer.people.set(subject, { email: `${subject}@lab.test` })
          const oidc = desk.provider('user')
          const { location, secret } = await beginLogin(
            { ...desk.ctx, oidc },
            { ...from, redirectUri: callback, mayBecomeAdmin: true },
          )
          return { subject, oidc, location, secret }
        }),
      )
      const backs: (() => Promise<LoginOutcome>)[] = []
      for (const { subject, oidc, location, secret } of outcomes) {
        desk.issuer.subject = subject
        const back = await new OidcBrowser().follow(location, callback)
        const answer = Object.fromEntries(new URL(back).searchParams)
        const login = { secret, answer, ...from, awaitsAdmin: true }
        backs.push(() => completeLogin({ ...desk.ctx, oidc }, login))
      }
      const done = await Promise.all(backs.map((finish) => finish()))
      const roles = done.map((outcome) => outcome.kind === 'in' && outcome.user.role)
      expect(roles.map(String).toSorted()).toEqual(['admin', 'user', 'user'])
      const first = done.filter((outcome) => outcome.kind === 'in' && outcome.isFirstAdmin)
      expect(first).toHaveLength(1)
      expect(first[0]).toMatchObject({ user: { role: 'admin', roleSource: 'local' } })
    })

    it('is not admin for who may not become it', async () => {
      const person = { email: 'hal@lab.test' }
      desk.issuer.people.set('hal', person)
      const oidc = desk.provider('user')
      const back = await desk.begin('hal', oidc, false)
      const outcome = await completeLogin(
        { ...desk.ctx, oidc },
        { ...back, ...from, awaitsAdmin: true },
      )
      expect(outcome).toMatchObject({ kind: 'in', isFirstAdmin: false, user: { role: 'user' } })
    })
  })

  describe('somebody with the address of a user', () => {
    it('becomes that user only with a verified address', async () => {
      const user = await desk.addUser('Ida@Lab.test')
      const person = { email: 'ida@lab.TEST', roles: ['resource_admin'] }
      await expect(desk.logIn('ida', { person })).rejects.toEqual(
        refusedWith('auth_error-invalid_token'),
      )
      const linked = await desk.mustLogIn('ida', { person: { ...person, emailVerified: true } })
      expect(linked.user).toMatchObject({ id: user.id, role: 'user', email: 'Ida@Lab.test' })
      // From then on issuer and subject decide, whatever the address.
      const moved = await desk.mustLogIn('ida', { person: { email: 'other@lab.test' } })
      expect(moved.user.id).toBe(user.id)
    })

    it('comes in as one who was invited, and uses the invitation up', async () => {
      const user = await desk.addUser('jo@lab.test', { status: 'pending', role: 'manager' })
      const now = desk.clock.nowSeconds()
      await desk.store.db.write((tx) =>
        tx.db
          .insertInto('invitations')
          .values({
            user_id: user.id,
            token_hash: 'hash',
            expires_at: now + 60,
            invited_by: null,
            created_at: now,
          })
          .execute(),
      )
      const person = { email: 'jo@lab.test', emailVerified: true }
      const entered = await desk.mustLogIn('jo', { person })
      expect(entered.user).toMatchObject({ id: user.id, status: 'active', role: 'manager' })
      const left = await desk.store.db.read((tx) =>
        tx.db.selectFrom('invitations').selectAll().execute(),
      )
      expect(left).toEqual([])
    })

    it('stays out as one who is switched off, then and later', async () => {
      const user = await desk.addUser('kim@lab.test', { status: 'inactive' })
      const person = { email: 'kim@lab.test', emailVerified: true, roles: ['resource_user'] }
      const refused = refusedWith('auth_error-invalid_access')
      await expect(desk.logIn('kim', { person })).rejects.toEqual(refused)
      const lee = await desk.mustLogIn('lee', {
        person: { email: 'lee@lab.test', roles: ['resource_user'] },
      })
      await desk.store.db.write((tx) =>
        tx.db.updateTable('users').set({ status: 'inactive' }).execute(),
      )
      await expect(desk.logIn('lee')).rejects.toEqual(refused)
      const ids = [user.id, lee.user.id]
      const users = await desk.store.db.read((tx) => Promise.all(ids.map((id) => findUser(tx, id))))
      expect(users.map((one) => one?.lastLoginAt)).toEqual([null, desk.clock.now])
    })

    it('does not share the account of who claimed the address before without proof', async () => {
      const email = 'mia@lab.test'
      await desk.mustLogIn('thief', { person: { email, roles: ['resource_user'] } })
      const person = { email, emailVerified: true, roles: ['resource_user'] }
      await expect(desk.logIn('mia', { person })).rejects.toEqual(
        refusedWith('auth_error-invalid_token'),
      )
    })

    it('needs an address at all', async () => {
      await expect(desk.logIn('nobody', { person: {}, defaultRole: 'user' })).rejects.toEqual(
        refusedWith('auth_error-invalid_token'),
      )
    })
  })
})
