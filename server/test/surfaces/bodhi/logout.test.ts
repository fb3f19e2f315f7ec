import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asCookie, LoginStation } from './login-station.ts'

const logout = { method: 'POST', path: '/bodhi/v1/logout' } as const

describe.each(['sqlite', 'postgres'] as const)('logging out over HTTP [%s]', (dialect) => {
  let station: LoginStation

  beforeAll(async () => {
    station = await LoginStation.open({ dialect })
    station.issuer.people.set('ann', { email: 'ann@lab.test', name: 'Ann' })
  })
  afterAll(() => station[Symbol.asyncDispose]())

  const logoutsOf = (userId: string | null | undefined) =>
    station.app.app.context.db.read((tx) =>
      tx.db
        .selectFrom('audit_log')
        .select(['actor_kind', 'ip'])
        .where('action', '=', 'user.logout')
        .where('target_id', '=', userId ?? '')
        .execute(),
    )

  it('ends a login of which nobody can tell now, so that it does not come back', async () => {
    const { secret } = await station.logIn('ann')
    const session = await station.sessionOf(secret)
    const before = await logoutsOf(session?.userId)
    await station.expire(secret)
    station.issuer.fault = 'temporarily_unavailable'
    const reply = await station.send({ ...logout, headers: asCookie(secret) })
    station.issuer.fault = undefined
    expect(reply.status).toBe(200)
    expect(reply.headers['set-cookie']).toEqual([expect.stringMatching(/^bodhiapp_session_id=;/)])
    expect(JSON.parse(reply.text)).toEqual({
      location: `${station.app.url}/ui/login`,
      issuer_location: expect.stringContaining('id_token_hint='),
    })
    expect(await station.sessionOf(secret)).toBeUndefined()
    expect(await station.whoIs(secret)).toMatchObject({ logged_in: false })
    const line = { actor_kind: 'anonymous', ip: '127.0.0.1' }
    expect(await logoutsOf(session?.userId)).toEqual([...before, line])
  })

  it.each([
    ['a key that nobody knows', { 'x-api-key': 'tb_nobody_knows_it' }],
    ['a header of another kind', { authorization: 'Basic YTpi' }],
  ])('ends the login whose cookie it takes away, though %s speaks', async (_what, speaks) => {
    const { secret } = await station.logIn('ann')
    const reply = await station.send({ ...logout, headers: { ...asCookie(secret), ...speaks } })
    expect(reply.status).toBe(200)
    expect(reply.headers['set-cookie']).toEqual([expect.stringMatching(/^bodhiapp_session_id=;/)])
    expect(await station.sessionOf(secret)).toBeUndefined()
  })

  it('leaves a login alone when a page of another site asks', async () => {
    const { secret } = await station.logIn('ann')
    const foreign = { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' }
    const reply = await station.send({ ...logout, headers: { ...asCookie(secret), ...foreign } })
    expect(reply.headers['set-cookie']).toBeUndefined()
    expect(await station.whoIs(secret)).toMatchObject({ logged_in: true })
  })

  it('writes one line for a login that stands, and none for nobody', async () => {
    const { secret } = await station.logIn('ann')
    const session = await station.sessionOf(secret)
    const before = await logoutsOf(session?.userId)
    await station.send({ ...logout, headers: asCookie(secret) })
    await station.send({ ...logout, headers: asCookie(secret) })
    await station.send(logout)
    const line = { actor_kind: 'session', ip: '127.0.0.1' }
    expect(await logoutsOf(session?.userId)).toEqual([...before, line])
  })
})
