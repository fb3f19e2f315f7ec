import { beforeEach, describe, expect, it } from 'vitest'
import { FakeService } from '../../../../test/support/fake-service.ts'
import { describeEachDesk, refusedWith, type Desk } from '../../../../test/support/oidc-desk.ts'
import { getSession } from '../sessions/find-session.ts'
import { takeRefreshLease } from '../sessions/session-store.ts'
import { OidcProvider } from './oidc-provider.ts'
import { OidcSessions } from './oidc-sessions.ts'

/** An issuer to which something happens while it is asked to renew a login. */
class SlowProvider extends OidcProvider {
  #meanwhile: () => Promise<void> = async () => undefined

  static over({ settings }: OidcProvider, meanwhile: () => Promise<void>): SlowProvider {
    const slow = new SlowProvider(settings, [])
    slow.#meanwhile = meanwhile
    return slow
  }

  override async refresh(...asked: Parameters<OidcProvider['refresh']>) {
    await this.#meanwhile()
    return super.refresh(...asked)
  }
}

describeEachDesk('keeping a login alive', (deskNow) => {
  let desk: Desk
  beforeEach(() => {
    desk = deskNow()
  })

  describe('a session whose access token has expired', () => {
    const person = { email: 'oz@lab.test', roles: ['resource_user'] }

    async function expired() {
      const { started } = await desk.mustLogIn('oz', { person })
      desk.clock.now += 3601
      return started.session
    }

    it('gets new tokens once, whoever asks in whatever process', async () => {
      const session = await expired()
      const old = await desk.tokensOf(session.id)
      const before = desk.issuer.tokenRequests
      const processes = [desk.sessions(), desk.sessions(), desk.sessions()]
      const verdicts = await Promise.all(
        processes.flatMap((one) => Array.from({ length: 4 }, () => one.check(session))),
      )
      expect(verdicts.every(({ isAlive }) => isAlive)).toBe(true)
      expect(desk.issuer.tokenRequests - before).toBe(1)
      const renewed = await desk.tokensOf(session.id)
      expect(renewed).toMatchObject({ subject: 'oz', expiresAt: desk.clock.now + 3600 })
      expect(renewed?.refreshToken).not.toBe(old?.refreshToken)
      expect(renewed?.accessToken).not.toBe(old?.accessToken)
      await desk.sessions().check(session)
      expect(desk.issuer.tokenRequests - before).toBe(1)
    })

    it('ends when its refresh token was used before', async () => {
      const session = await expired()
      const tokens = await desk.tokensOf(session.id)
      expect(await desk.issuer.useRefreshToken(tokens?.refreshToken ?? '')).toBe(200)
      const sessions = desk.sessions()
      const why = refusedWith('auth_error-refresh_token_not_found')
      expect(await sessions.check(session)).toEqual({ isAlive: false, why })
      expect(await getSession(desk.ctx, session.id)).toBeUndefined()
      expect(await sessions.check(session)).toEqual({ isAlive: false, why })
      expect(await desk.audit()).toContain('user.logout {"why":"refused"}')
    })

    it('outlives an issuer that is away', async () => {
      const session = await expired()
      const sessions = desk.sessions()
      await desk.issuer.goAway()
      const why = expect.objectContaining({
        code: 'unavailable',
        details: { code: 'reqwest_error' },
      })
      expect(await sessions.check(session)).toEqual({ isAlive: false, why })
      expect(await getSession(desk.ctx, session.id)).toBeDefined()
      await desk.issuer.comeBack()
      const before = desk.issuer.tokenRequests
      expect(await sessions.check(session)).toEqual({ isAlive: false, why })
      expect(desk.issuer.tokenRequests).toBe(before)
      desk.clock.now += 3
      expect(await sessions.check(session)).toEqual({ isAlive: true })
    })

    it('is renewed by another process when the one that began died', async () => {
      const session = await expired()
      await desk.store.db.write((tx) =>
        tx.db
          .updateTable('sessions')
          .set({ refresh_lease_until: desk.clock.now + 20 })
          .where('id', '=', session.id)
          .execute(),
      )
      const checking = desk.sessions().check(session)
      desk.clock.now += 21
      expect(await checking).toEqual({ isAlive: true })
    })

    it('goes on with what another process renewed while this one waited too long', async () => {
      const session = await expired()
      const old = await desk.tokensOf(session.id)
      const slow = SlowProvider.over(desk.provider(), async () => {
        desk.clock.now += 31
        expect(await desk.sessions().check(session)).toEqual({ isAlive: true })
      })
      expect(await desk.sessions(slow).check(session)).toEqual({ isAlive: true })
      const renewed = await desk.tokensOf(session.id)
      expect(renewed?.expiresAt).toBe(desk.clock.now + 3600)
      expect(renewed?.refreshToken).not.toBe(old?.refreshToken)
    })

    it('leaves a right to renew alone that another process has by now', async () => {
      const session = await expired()
      const slow = SlowProvider.over(desk.provider(), async () => {
        desk.clock.now += 31
        const nowSeconds = desk.clock.now
        const lease = { nowSeconds, untilSeconds: nowSeconds + 30 }
        const isTaken = await desk.store.db.write((tx) => takeRefreshLease(tx, session.id, lease))
        expect(isTaken).toBe(true)
      })
      await desk.sessions(slow).check(session)
      const row = await desk.store.db.read((tx) =>
        tx.db
          .selectFrom('sessions')
          .select('refresh_lease_until')
          .where('id', '=', session.id)
          .executeTakeFirstOrThrow(),
      )
      expect(row.refresh_lease_until).toBe(desk.clock.now + 30)
    })

    it('stands when the issuer does not answer for as long as it is asked', async () => {
      const session = await expired()
      await using service = await FakeService.start()
      service.next({ delayMs: 60_000 })
      using mute = new OidcProvider({ ...desk.provider().settings, issuer: service.url }, [60_000])
      const sessions = new OidcSessions({ ...desk.ctx, oidc: mute, renewWithinMs: 1 })
      const why = expect.objectContaining({ code: 'unavailable' })
      expect(await sessions.check(session)).toEqual({ isAlive: false, why })
      expect(await getSession(desk.ctx, session.id)).toBeDefined()
    })

    it('ends when the operator moved to another issuer, which sees nothing of it', async () => {
      const session = await expired()
      await using service = await FakeService.start()
      const { url } = service
      const places = { authorization_endpoint: `${url}/auth`, token_endpoint: `${url}/token` }
      service.next({ json: { issuer: url, ...places } })
      const moved = new OidcProvider({ ...desk.provider().settings, issuer: url }, [])
      const why = refusedWith('auth_error-refresh_token_not_found')
      expect(await desk.sessions(moved).check(session)).toEqual({ isAlive: false, why })
      expect(await getSession(desk.ctx, session.id)).toBeUndefined()
      expect(await desk.audit()).toContain('user.logout {"why":"other-issuer"}')
      expect(service.requests.map(({ path }) => path)).toEqual([
        '/.well-known/openid-configuration',
      ])
    })

    it('ends when there is nobody to renew it', async () => {
      const session = await expired()
      const nobody = new OidcSessions({ ...desk.ctx, oidc: undefined })
      expect(await nobody.check(session)).toMatchObject({ isAlive: false })
      expect(await getSession(desk.ctx, session.id)).toBeUndefined()
    })
  })

  it('asks nothing about other sessions, nor about a token that still counts', async () => {
    const { started } = await desk.mustLogIn('pat', {
      person: { email: 'pat@lab.test', roles: ['resource_user'] },
    })
    const sessions = desk.sessions()
    const before = desk.issuer.tokenRequests
    expect(await sessions.check({ id: 'unknown', kind: 'password' })).toEqual({ isAlive: true })
    expect(await sessions.check(started.session)).toEqual({ isAlive: true })
    await desk.store.db.write((tx) => tx.db.deleteFrom('sessions').execute())
    // Whether there is a session is asked elsewhere, with each request.
    expect(await sessions.check(started.session)).toEqual({ isAlive: true })
    expect(desk.issuer.tokenRequests).toBe(before)
  })
})
