import { expect, test } from 'vitest'
import { startTestApp } from '../../support/app.ts'
import { send, sendJson } from '../../support/http-request.ts'

test('A logout takes the cookie away, by https where people come by https', async () => {
  const settings = { publicBaseUrl: 'https://models.example.org/' }
  await using server = await startTestApp({ settings })
  const reply = await send(server.url, { method: 'POST', path: '/bodhi/v1/logout' })
  expect(reply.headers['set-cookie']).toEqual([
    'bodhiapp_session_id=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0',
  ])
  expect(reply.headers.location).toBe('https://models.example.org/ui/login')
  expect(reply.headers['access-control-expose-headers']).toBe('Location')
  expect(JSON.parse(reply.text)).toEqual({ location: 'https://models.example.org/ui/login' })
})

test('A page of another site takes no cookie away', async () => {
  await using server = await startTestApp()
  const foreign = [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]
  for (const headers of foreign) {
    const reply = await send(server.url, { method: 'POST', path: '/bodhi/v1/logout', headers })
    expect([reply.status, reply.headers['set-cookie']]).toEqual([200, undefined])
  }
})

test('A token tells when it was used', async () => {
  await using server = await startTestApp()
  const path = '/bodhi/v1/tokens'
  const lastUse = async (): Promise<unknown> => {
    const { text } = await send(server.url, { path })
    return JSON.parse(text).data[0].last_used_at
  }
  const { token } = JSON.parse((await sendJson(server.url, { path, value: { name: 'ci' } })).text)
  expect(await lastUse()).toBeNull()
  const headers = { authorization: `Bearer ${token}` }
  const { status } = await send(server.url, { path: '/v1/models', headers })
  expect(status).toBe(200)
  await server.app.context.keyUsage.flush()
  expect(Date.parse(String(await lastUse()))).toBeGreaterThan(Date.now() - 60_000)
})

test('Of several setups at once one counts', async () => {
  await using server = await startTestApp()
  const path = '/bodhi/v1/setup'
  const replies = await Promise.all(
    Array.from({ length: 5 }, () => sendJson(server.url, { path, value: { authz: false } })),
  )
  const statuses = replies.map(({ status }) => status)
  expect(statuses.toSorted((one, other) => one - other)).toEqual([200, 409, 409, 409, 409])
})
