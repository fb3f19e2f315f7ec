import { ApiError, createClient } from '@pharos/contract/client.ts'
import { hypersigilRoutes } from '@pharos/contract/hypersigil/routes.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../support/app.ts'

/** What a call that is refused answers. */
async function statusOf(call: Promise<unknown>): Promise<number> {
  try {
    await call
  } catch (error) {
    if (error instanceof ApiError) return error.status
    throw error
  }
  return 200
}

describe.each(['sqlite', 'postgres'] as const)('People on a required server [%s]', (dialect) => {
  let server: TestApp
  beforeAll(async () => {
    server = await startTestApp({ dialect, settings: { auth: 'required' } })
  })
  afterAll(() => server.stop())

  const asNobody = () => createClient(hypersigilRoutes, { baseUrl: server.url })
  const withHeaders = (headers: Readonly<Record<string, string>>) =>
    createClient(hypersigilRoutes, { baseUrl: server.url, headers })
  const withToken = (token: string) => withHeaders({ authorization: `Bearer ${token}` })

  test('from the first admin to a logout', async () => {
    const nobody = asNobody()
    const { body: check } = await nobody.checkFirstAdmin()
    expect(check.data.shouldRedirectToRegisterFirstAdmin).toBe(true)
    const adaLogin = { email: 'ada@example.org', password: 'correct horse' }
    await nobody.registerFirstAdmin({ body: { ...adaLogin, name: 'Ada' } })
    const login = await nobody.logInWithPassword({ body: adaLogin })
    const { token } = login.body.data
    // A page's script never sees the cookie; the token in it is the one of the body.
    expect(login.headers.get('set-cookie')).toBe(
      `auth-token=${token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000`,
    )
    const admin = withHeaders({ cookie: `auth-token=${token}`, 'sec-fetch-site': 'same-origin' })
    expect((await admin.getOwnUser()).body.data.role).toBe('admin')

    const invited = await admin.inviteUser({
      body: { email: 'eve@example.org', name: 'Eve', role: 'user' },
    })
    const { user: eve, invitation_token } = invited.body.data
    const password = 'battery staple'
    await nobody.activateAccount({ body: { invitation_token, password } })
    const eveLogin = { email: 'eve@example.org', password }
    const first = await nobody.logInWithPassword({ body: eveLogin })
    const user = withToken(first.body.data.token)
    expect((await user.getOwnUser()).body.data).toEqual({
      email: 'eve@example.org',
      name: 'Eve',
      role: 'user',
    })
    expect(await statusOf(user.listUsers())).toBe(403)

    const made = await user.createOwnApiKey({
      body: { name: 'ci', scopes: ['prompts:read', 'files:upload'] },
    })
    const { api_key: key, plain_key } = made.body.data
    const software = withHeaders({ 'x-api-key': plain_key })
    expect((await software.getOwnUser()).body.data.email).toBe('eve@example.org')
    expect((await software.getOnboardingStatus()).body.data.promptAvailable).toBe(false)
    expect(await statusOf(software.listOwnApiKeys())).toBe(401)
    expect(await statusOf(software.listUsers())).toBe(403)

    // Another role ends the sessions at once, and counts from the next login.
    await admin.updateUser({ params: { id: eve.id }, body: { role: 'viewer' } })
    expect(await statusOf(user.getOwnUser())).toBe(401)
    const second = await nobody.logInWithPassword({ body: eveLogin })
    const viewer = withToken(second.body.data.token)
    expect((await viewer.getOwnUser()).body.data.role).toBe('viewer')
    expect(await statusOf(viewer.listOwnApiKeys())).toBe(403)
    expect((await software.getOwnUser()).body.data.role).toBe('viewer')

    await admin.updateUser({ params: { id: eve.id }, body: { role: 'user' } })
    const third = await nobody.logInWithPassword({ body: eveLogin })
    const again = withToken(third.body.data.token)
    await again.revokeOwnApiKey({ params: { id: key.id } })
    expect(await statusOf(software.getOwnUser())).toBe(401)

    await again.logOut()
    expect(await statusOf(again.getOwnUser())).toBe(401)
    expect(await statusOf(again.logOut())).toBe(401)
    expect((await admin.getOwnUser()).status).toBe(200)
  })

  test('of many first admins at once one is made', async () => {
    await using fresh = await startTestApp({ settings: { auth: 'required' } })
    const nobody = createClient(hypersigilRoutes, { baseUrl: fresh.url })
    const statuses = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => {
        const body = { email: `${name}@example.org`, name, password: 'correct horse' }
        return statusOf(nobody.registerFirstAdmin({ body }))
      }),
    )
    expect(statuses.toSorted((one, other) => one - other)).toEqual([200, 409, 409, 409])
  })

  test('who was invited and did not come in time cannot come, and is cleaned up', async () => {
    await using fresh = await startTestApp({ dialect })
    const owner = createClient(hypersigilRoutes, { baseUrl: fresh.url })
    const invite = async (name: string) => {
      const body = { email: `${name}@example.org`, name, role: 'user' as const }
      return (await owner.inviteUser({ body })).body.data
    }
    const late = await invite('late')
    await fresh.app.context.db.write((tx) =>
      tx.db.updateTable('invitations').set({ expires_at: 1 }).execute(),
    )
    const { user: early } = await invite('early')
    const body = { invitation_token: late.invitation_token, password: 'correct horse' }
    expect(await statusOf(owner.activateAccount({ body }))).toBe(404)
    expect((await owner.cleanUpInvitations()).body.data.deleted_count).toBe(1)
    const { body: left } = await owner.listUsers()
    expect(left.data.data.map(({ id }) => id)).toEqual([early.id])
  })

  test('somebody elsewhere becomes the first admin with the setup token only', async () => {
    const setupToken = 'a token that the operator knows'
    const publicBaseUrl = 'https://pharos.example'
    await using fresh = await startTestApp({
      settings: { auth: 'required', setupToken, publicBaseUrl },
    })
    const register = (shown: string) => {
      const headers = { 'x-forwarded-for': '203.0.113.9', 'x-setup-token': shown }
      const stranger = createClient(hypersigilRoutes, { baseUrl: fresh.url, headers })
      const body = { email: 'ada@example.org', name: 'Ada', password: 'correct horse' }
      return stranger.registerFirstAdmin({ body })
    }
    expect(await statusOf(register(''))).toBe(403)
    expect(await statusOf(register('a guess'))).toBe(403)
    const { headers } = await register(setupToken)
    expect(headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Lax; Secure; Max-Age=\d+$/)
  })

  test('requests with a key are counted, with where they came from', async () => {
    await using fresh = await startTestApp({ dialect })
    const owner = createClient(hypersigilRoutes, { baseUrl: fresh.url })
    const made = await owner.createOwnApiKey({ body: { name: 'ci', scopes: ['prompts:read'] } })
    const { api_key: key, plain_key } = made.body.data
    const software = createClient(hypersigilRoutes, {
      baseUrl: fresh.url,
      headers: { 'x-api-key': plain_key },
    })
    await software.getOwnUser()
    await software.getOnboardingStatus()
    expect(await statusOf(software.listUsers())).toBe(403)
    await fresh.app.context.keyUsage.flush()
    const { body } = await owner.getOwnApiKey({ params: { id: key.id } })
    expect(body.data.usage_stats).toEqual({
      total_requests: 2,
      last_used_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      last_ip: '127.0.0.1',
    })
    const { body: stats } = await owner.getOwnApiKeyStats()
    expect(stats.data).toEqual({
      total_keys: 1,
      active_keys: 1,
      revoked_keys: 0,
      total_requests: 2,
    })
  })
})
