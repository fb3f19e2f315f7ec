import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endSessionsOf } from '../../../src/features/identity/sessions/end-session.ts'
import { getSession } from '../../../src/features/identity/sessions/find-session.ts'
import { sealData } from '../../../src/features/identity/sessions/session-data.ts'
import { saveSessionData } from '../../../src/features/identity/sessions/session-store.ts'
import { hashToken } from '../../../src/platform/secrets/tokens.ts'
import { sendJson } from '../../support/http-request.ts'
import { OidcBrowser } from '../../support/oidc-browser.ts'
import { asCookie, codeOf, fromIssuer, LoginStation } from './login-station.ts'

/** As if a session's access token had run out. */
async function expire(station: LoginStation, secret: string): Promise<void> {
  const { context } = station.app.app
  const session = await getSession(context, hashToken(secret))
  if (session === undefined) throw new Error('there is no such session')
  const sealed = sealData(context, { ...session.data, expiresAt: 1 })
  await context.db.write((tx) => saveSessionData(tx, session.id, sealed))
}

describe.each(['sqlite', 'postgres'] as const)('logging in over HTTP [%s]', (dialect) => {
  let station: LoginStation

  beforeAll(async () => {
    station = await LoginStation.open({ dialect })
    station.issuer.people.set('ann', { email: 'ann@lab.test', name: 'Ann' })
  })
  afterAll(() => station[Symbol.asyncDispose]())

  it('makes the first who comes the admin and the next a user', async () => {
    const { url } = station.app
    const first = await station.logIn('ann')
    expect(first.reply).toMatchObject({
      status: 302,
      text: '',
      headers: { location: `${url}/ui/setup/download-models`, 'cache-control': 'no-store' },
    })
    expect(await station.whoIs(first.secret)).toMatchObject({
      logged_in: true,
      email: 'ann@lab.test',
      role: 'resource_admin',
    })
    const next = await station.logIn('bob', { person: { email: 'bob@lab.test' } })
    expect(next.reply.headers.location).toBe(`${url}/ui/chat`)
    expect(await station.whoIs(next.secret)).toMatchObject({ roles: ['resource_user'] })
    const settings = { path: '/bodhi/v1/settings' }
    const asked = await Promise.all(
      [first, next].map(({ secret }) => station.send({ ...settings, headers: asCookie(secret) })),
    )
    expect(asked.map(({ status }) => status)).toEqual([200, 403])
  })

  it('sends the browser to the issuer with state, nonce and a challenge (§3.3, A4)', async () => {
    for (const path of ['/app/login', '/app/login/']) {
      const { status, headers, text } = await station.send({ path })
      expect({ status, text }).toEqual({ status: 302, text: '' })
      const url = new URL(headers.location ?? '')
      expect(`${url.origin}${url.pathname}`).toBe(`${station.issuer.url}/auth`)
      expect([...url.searchParams]).toEqual([
        ['response_type', 'code'],
        ['client_id', 'pharos'],
        ['redirect_uri', station.callback],
        ['state', expect.stringMatching(/^[\w-]{43}$/)],
        ['code_challenge', expect.stringMatching(/^[\w-]{43}$/)],
        ['code_challenge_method', 'S256'],
        ['scope', 'openid email profile roles'],
        ['nonce', expect.stringMatching(/^[\w-]{43}$/)],
      ])
      expect(url.search).toContain('scope=openid%20email%20profile%20roles')
      expect(headers['set-cookie']).toEqual([
        expect.stringMatching(/^bodhiapp_session_id=[\da-f]{64}; Path=\/; HttpOnly; SameSite=Lax$/),
      ])
    }
  })

  it('gives a new session at the login, so that one planted before is worth nothing', async () => {
    const browser = new OidcBrowser()
    const back = await station.begin(browser, 'ann')
    const before = browser.cookieOf(station.app.url, 'bodhiapp_session_id') ?? ''
    await browser.get(back, fromIssuer)
    const after = browser.cookieOf(station.app.url, 'bodhiapp_session_id') ?? ''
    expect(after).not.toBe(before)
    expect(await station.whoIs(before)).toMatchObject({ logged_in: false })
    expect(await station.whoIs(after)).toMatchObject({ logged_in: true })
  })

  it('takes who is logged in straight into the app, from wherever they come', async () => {
    const { secret } = await station.logIn('ann')
    for (const headers of [asCookie(secret), { ...asCookie(secret), ...fromIssuer }]) {
      const reply = await station.send({ path: '/app/login', headers })
      expect(reply).toMatchObject({
        status: 302,
        headers: { location: `${station.app.url}/ui/chat` },
      })
      expect(reply.headers['set-cookie']).toBeUndefined()
    }
    const byToken = { cookie: `auth-token=${secret}`, ...fromIssuer }
    const known = await station.send({ path: '/app/login', headers: byToken })
    expect(known.headers).toMatchObject({ location: `${station.app.url}/ui/chat` })
    const api = await sendJson(station.app.url, {
      path: '/bodhi/v1/auth/initiate',
      headers: asCookie(secret),
      value: {},
    })
    expect(api.status).toBe(200)
    expect(JSON.parse(api.text)).toEqual({ location: `${station.app.url}/ui/chat` })
  })

  it('refuses an answer without its login, with another state, without a code, and twice', async () => {
    const browser = new OidcBrowser()
    const back = await station.begin(browser, 'ann')
    const { search, searchParams } = new URL(back)
    const headers = { cookie: browser.cookieHeader(station.app.url), ...fromIssuer }
    const path = '/app/login/callback'
    const code = searchParams.get('code')
    const tries = [
      { path: `${path}${search}`, headers: fromIssuer, code: 'login_error-session_info_not_found' },
      { path: `${path}?state=WRONG&code=x`, headers, code: 'bad_request_error' },
      { path: `${path}?code=${code}`, headers, code: 'bad_request_error' },
      { path, headers, code: 'bad_request_error' },
    ]
    for (const { code: expected, ...sent } of tries) {
      const reply = await station.send(sent)
      expect(`${sent.path} ${reply.status} ${codeOf(reply)}`).toBe(`${sent.path} 400 ${expected}`)
    }
    expect((await station.send({ path: `${path}${search}`, headers })).status).toBe(302)
    const again = await station.send({ path: `${path}${search}`, headers })
    expect([again.status, codeOf(again)]).toEqual([400, 'login_error-session_info_not_found'])
  })

  it('tells what the issuer says when it refuses', async () => {
    const browser = new OidcBrowser()
    station.issuer.subject = undefined
    const back = await browser.follow(`${station.app.url}/app/login`, station.callback)
    const reply = await browser.get(back, fromIssuer)
    expect(reply.status).toBe(400)
    expect(JSON.parse(reply.text).error).toMatchObject({
      code: 'bad_request_error',
      message: 'Invalid request: the login server says access_denied: Not you',
    })
  })

  it('serves a page that takes the answer itself', async () => {
    const { url } = station.app
    const begun = await sendJson(url, {
      path: '/bodhi/v1/auth/initiate',
      value: { client_id: 'pharos' },
    })
    expect(begun.status).toBe(201)
    const browser = new OidcBrowser()
    browser.keep(url, begun)
    station.issuer.subject = 'ann'
    const back = await browser.follow(JSON.parse(begun.text).location, station.callback)
    const answer = Object.fromEntries(new URL(back).searchParams)
    const path = '/bodhi/v1/auth/callback'
    const cookie = browser.cookieHeader(url)
    const tell = (value: object, headers: Record<string, string> = { cookie }) =>
      sendJson(url, { path, headers, value })
    const { state: _state, ...stateless } = answer
    const { code: _code, ...codeless } = answer
    const faults = [
      { reply: await tell(answer, {}), status: 500, code: 'session_info_not_found' },
      { reply: await tell(stateless), status: 400, code: 'missing_state' },
      { reply: await tell({ ...answer, state: 'x' }), status: 400, code: 'state_digest_mismatch' },
      { reply: await tell({ error: 'access_denied' }), status: 400, code: 'o_auth_error' },
    ]
    for (const { reply, status, code } of faults) {
      expect([reply.status, codeOf(reply)]).toEqual([status, `auth_route_error-${code}`])
    }
    const done = await tell(answer)
    expect(done.status).toBe(200)
    expect(JSON.parse(done.text)).toEqual({ location: `${url}/ui/chat` })
    browser.keep(url, done)
    const secret = browser.cookieOf(url, 'bodhiapp_session_id') ?? ''
    expect(await station.whoIs(secret)).toMatchObject({ email: 'ann@lab.test' })
    const late = await tell(codeless)
    expect([late.status, codeOf(late)]).toEqual([500, 'auth_route_error-session_info_not_found'])
    const other = await sendJson(url, {
      path: '/bodhi/v1/auth/initiate',
      value: { client_id: 'somebody' },
    })
    expect([other.status, codeOf(other)]).toEqual([500, 'auth_route_error-tenant_not_found'])
  })

  it('wants a code with the state that it gave', async () => {
    const { url } = station.app
    const begun = await sendJson(url, { path: '/bodhi/v1/auth/initiate', value: {} })
    const browser = new OidcBrowser()
    browser.keep(url, begun)
    const state = new URL(JSON.parse(begun.text).location).searchParams.get('state')
    const path = '/bodhi/v1/auth/callback'
    const headers = { cookie: browser.cookieHeader(url) }
    const reply = await sendJson(url, { path, headers, value: { state } })
    expect([reply.status, codeOf(reply)]).toEqual([400, 'auth_route_error-missing_code'])
  })

  it('renews an expired login for many requests at once, and says nothing of it', async () => {
    const { secret } = await station.logIn('ann')
    await expire(station, secret)
    const before = station.issuer.tokenRequests
    const replies = await Promise.all(
      Array.from({ length: 8 }, () =>
        station.send({ path: '/bodhi/v1/settings', headers: asCookie(secret) }),
      ),
    )
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]))
    expect(station.issuer.tokenRequests - before).toBe(1)
  })

  it('ends a login whose refresh token somebody else has used', async () => {
    const { secret } = await station.logIn('ann')
    const session = await getSession(station.app.app.context, hashToken(secret))
    await station.issuer.useRefreshToken(String(session?.data['refreshToken']))
    await expire(station, secret)
    const ask = () => station.send({ path: '/bodhi/v1/settings', headers: asCookie(secret) })
    const first = await ask()
    expect([first.status, codeOf(first)]).toEqual([401, 'auth_error-refresh_token_not_found'])
    const second = await ask()
    expect([second.status, codeOf(second)]).toEqual([401, 'auth_error-invalid_access'])
    expect(await station.whoIs(secret)).toMatchObject({ logged_in: false })
  })

  it('lets nobody in with a session that was revoked, in the moment it is', async () => {
    const { secret } = await station.logIn('bob', { person: { email: 'bob@lab.test' } })
    const { user_id: userId } = await station.whoIs(secret)
    const { db } = station.app.app.context
    await db.write((tx) => endSessionsOf(tx, String(userId)))
    const reply = await station.send({ path: '/bodhi/v1/models', headers: asCookie(secret) })
    expect([reply.status, codeOf(reply)]).toEqual([401, 'auth_error-invalid_access'])
  })

  it('tells at the logout where the login at the issuer ends too', async () => {
    const { secret } = await station.logIn('ann')
    const logout = { method: 'POST', path: '/bodhi/v1/logout', headers: asCookie(secret) }
    const location = `${station.app.url}/ui/login`
    const place = expect.stringMatching(`^${station.issuer.url}/session/end\\?`)
    const reply = await station.send(logout)
    expect(JSON.parse(reply.text)).toEqual({ location, issuer_location: place })
    expect(reply.headers.location).toBe(location)
    expect(await station.whoIs(secret)).toMatchObject({ logged_in: false })
    expect(JSON.parse((await station.send(logout)).text)).toEqual({ location })
  })

  it('goes on for everybody else, and later for all, while the issuer is away', async () => {
    const { secret } = await station.logIn('ann')
    const expired = await station.logIn('ann')
    await expire(station, expired.secret)
    await station.issuer.goAway()
    const ask = (secret: string, path = '/bodhi/v1/models') =>
      station.send({ path, headers: asCookie(secret) })
    expect((await ask(secret)).status).toBe(200)
    const failed = await ask(expired.secret)
    expect([failed.status, codeOf(failed)]).toEqual([502, 'reqwest_error'])
    expect(await station.whoIs(expired.secret)).toMatchObject({ logged_in: false })
    await station.issuer.comeBack()
    await expect.poll(async () => (await ask(expired.secret)).status, { timeout: 10_000 }).toBe(200)
  })
})

describe('where logins begin', () => {
  it('can wait for an issuer that is not there when the server starts', async () => {
    await using station = await LoginStation.open()
    await station.issuer.goAway()
    const reply = await station.send({ path: '/app/login' })
    expect([reply.status, codeOf(reply)]).toEqual([502, 'reqwest_error'])
    expect((await station.send({ path: '/ping' })).status).toBe(200)
    await station.issuer.comeBack()
    const { reply: done } = await station.logIn('ann', { person: { email: 'ann@lab.test' } })
    expect(done.status).toBe(302)
  })

  it('is the public address, with a cookie for https alone', async () => {
    await using station = await LoginStation.open({ publicUrl: 'https://pharos.test/base' })
    const { headers } = await station.send({ path: '/app/login', headers: { host: 'pharos.test' } })
    const url = new URL(headers.location ?? '')
    expect(url.searchParams.get('redirect_uri')).toBe('https://pharos.test/base/app/login/callback')
    expect(headers['set-cookie']?.[0]).toMatch(/; Secure$/)
  })

  it('is no name that somebody else chose', async () => {
    await using station = await LoginStation.open()
    const named = [{ host: 'evil.test' }, { 'x-forwarded-host': 'evil.test' }]
    for (const headers of named) {
      const reply = await station.send({ path: '/app/login', headers })
      expect(reply.status).toBe(400)
      expect(reply.text).toContain('PUBLIC_URL')
    }
  })

  it('needs an issuer', async () => {
    await using station = await LoginStation.open({ settings: { oidcIssuer: undefined } })
    const pairs = [
      {
        reply: await station.send({ path: '/app/login' }),
        code: 'login_error-app_reg_info_not_found',
      },
      {
        reply: await sendJson(station.app.url, { path: '/bodhi/v1/auth/initiate', value: {} }),
        code: 'auth_route_error-app_status_invalid',
      },
    ]
    for (const { reply, code } of pairs) expect([reply.status, codeOf(reply)]).toEqual([500, code])
  })

  it('is nowhere until somebody decides that logins are asked for (§2.3)', async () => {
    await using station = await LoginStation.open({ isUndecided: true })
    const ask = async (path: string) => {
      const reply = await station.send({ path })
      return [reply.status, codeOf(reply)]
    }
    expect(await ask('/app/login')).toEqual([500, 'login_error-app_reg_info_not_found'])
    const back = '/app/login/callback?state=a&code=b'
    expect(await ask(back)).toEqual([500, 'login_error-app_status_invalid'])
    const { url } = station.app
    await sendJson(url, { path: '/bodhi/v1/setup', value: { authz: true } })
    const { secret } = await station.logIn('ann', { person: { email: 'ann@lab.test' } })
    expect(await station.whoIs(secret)).toMatchObject({ role: 'resource_admin' })
  })
})

describe('the first admin', () => {
  /** A proxy on this machine speaks for somebody elsewhere. */
  const elsewhere = { 'x-forwarded-for': '203.0.113.9' }
  const options = { settings: { trustProxy: ['loopback'], setupToken: 'open sesame' } }

  async function comeFromElsewhere(station: LoginStation, path: string) {
    station.issuer.people.set('far', { email: 'far@lab.test' })
    station.issuer.subject = 'far'
    const browser = new OidcBrowser()
    const begun = await browser.get(`${station.app.url}${path}`, elsewhere)
    if (begun.status !== 302) return { status: begun.status, role: undefined }
    const back = await browser.follow(begun.headers.location ?? '', station.callback)
    await browser.get(back, { ...fromIssuer, ...elsewhere })
    const secret = browser.cookieOf(station.app.url, 'bodhiapp_session_id') ?? ''
    return { status: 302, role: (await station.whoIs(secret))['role'] }
  }

  it('comes from another machine only with the setup token', async () => {
    await using station = await LoginStation.open(options)
    expect(await comeFromElsewhere(station, '/app/login?setup_token=guess')).toEqual({
      status: 403,
      role: undefined,
    })
    expect(await comeFromElsewhere(station, '/app/login')).toMatchObject({ role: 'resource_user' })
    const path = '/app/login?setup_token=open%20sesame'
    expect(await comeFromElsewhere(station, path)).toMatchObject({ role: 'resource_admin' })
  })
})
