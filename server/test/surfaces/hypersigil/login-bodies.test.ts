import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { sendJson } from '../../support/http-request.ts'

let server: TestApp
beforeAll(async () => {
  server = await startTestApp({ settings: { auth: 'required' } })
})
afterAll(() => server.stop())

test.each(['login', 'register-first-admin', 'activate'])(
  'What nobody in particular sends to %s is small',
  async (name) => {
    const path = `/api/v1/auth/${name}`
    const value = { password: 'x'.repeat(64 * 1024) }
    expect((await sendJson(server.url, { path, value })).status).toBe(400)
    const small = { password: 'x'.repeat(60 * 1024) }
    expect((await sendJson(server.url, { path, value: small })).status).toBe(422)
  },
)
