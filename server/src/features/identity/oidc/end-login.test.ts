import { afterEach, beforeEach, expect, it } from 'vitest'
import { FakeService } from '../../../../test/support/fake-service.ts'
import { describeEachDesk, type Desk } from '../../../../test/support/oidc-desk.ts'
import { getSession } from '../sessions/find-session.ts'
import { startAnonymousSession } from '../sessions/start-session.ts'
import { endLogin } from './end-login.ts'
import { OidcProvider } from './oidc-provider.ts'

const returnTo = 'http://127.0.0.1:7474/ui/login'

describeEachDesk('ending a login', (deskNow) => {
  let desk: Desk
  let other: FakeService
  beforeEach(async () => {
    desk = deskNow()
    other = await FakeService.start()
  })
  afterEach(() => other[Symbol.asyncDispose]())

  const logIn = async () => {
    const person = { email: 'quin@lab.test', roles: ['resource_user'] }
    return (await desk.mustLogIn('quin', { person })).started
  }
  const ctx = (oidc: OidcProvider | undefined) => ({ ...desk.ctx, oidc })
  const isGone = async (id: string) => (await getSession(desk.ctx, id)) === undefined
  const elsewhere = () =>
    new OidcProvider({ ...desk.provider().settings, issuer: other.url }, [60_000])

  it('tells where it ends at the issuer too', async () => {
    const { secret, session } = await logIn()
    const told = await endLogin(ctx(desk.provider()), { secret, returnTo })
    const place = new URL(told ?? '')
    expect(`${place.origin}${place.pathname}`).toBe(`${desk.issuer.url}/session/end`)
    expect(place.searchParams.get('post_logout_redirect_uri')).toBe(returnTo)
    expect(place.searchParams.get('id_token_hint')).toMatch(/^ey/u)
    expect(await isGone(session.id)).toBe(true)
    expect(await desk.audit()).toContain('user.logout {}')
  })

  it('needs no issuer, nor one that is there', async () => {
    const logins = [await logIn(), await logIn()]
    await desk.issuer.goAway()
    const providers = [undefined, desk.provider()]
    for (const [at, { secret, session }] of logins.entries()) {
      expect(await endLogin(ctx(providers[at]), { secret, returnTo })).toBeUndefined()
      expect(await isGone(session.id)).toBe(true)
    }
    await desk.issuer.comeBack()
  })

  it('is done before the issuer answers', async () => {
    const { secret, session } = await logIn()
    other.next({ delayMs: 60_000 })
    const mute = elsewhere()
    const ending = endLogin(ctx(mute), { secret, returnTo, waitMs: 60_000 })
    await expect.poll(() => isGone(session.id)).toBe(true)
    mute[Symbol.dispose]()
    expect(await ending).toBeUndefined()
  })

  it('waits for the issuer no longer than it may', async () => {
    const { secret } = await logIn()
    other.next({ delayMs: 60_000 })
    using mute = elsewhere()
    expect(await endLogin(ctx(mute), { secret, returnTo, waitMs: 1 })).toBeUndefined()
  })

  it('tells an issuer nothing of a login at another', async () => {
    const { url } = other
    const places = { token_endpoint: `${url}/token`, end_session_endpoint: `${url}/end` }
    other.next({ json: { issuer: url, ...places } })
    const { secret, session } = await logIn()
    using moved = elsewhere()
    expect(await endLogin(ctx(moved), { secret, returnTo })).toBeUndefined()
    expect(await isGone(session.id)).toBe(true)
  })

  it('leaves one alone that has only begun, and does nothing for nobody', async () => {
    const { secret, session } = await startAnonymousSession(desk.ctx, { ip: null, userAgent: null })
    const oidc = desk.provider()
    expect(await endLogin(ctx(oidc), { secret, returnTo })).toBeUndefined()
    expect(await isGone(session.id)).toBe(false)
    expect(await endLogin(ctx(oidc), { secret: undefined, returnTo })).toBeUndefined()
    expect(await desk.audit()).toEqual([])
  })
})
