import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { send, sendJson } from '../support/http-request.ts'
import { makeHome, type Home } from './pharos.ts'

const path = '/bodhi/v1/setup'
const setupToken = 'a token that only the operator knows'
const issuer = { OIDC_ISSUER: 'http://127.0.0.1:9', OIDC_CLIENT_ID: 'pharos-test' }
const forwarded = { 'x-forwarded-for': '203.0.113.9' }

interface Told {
  readonly status: number
  readonly says: unknown
}

async function setUp(url: string, authz: boolean, headers = {}): Promise<Told> {
  const { status, text } = await sendJson(url, { path, value: { authz }, headers })
  const { status: says, error } = JSON.parse(text)
  return { status, says: says ?? error.code }
}

/** What anybody may know, and whether this machine is let in without a login. */
async function stateOf(url: string) {
  const { status, authz } = JSON.parse((await send(url, { path: '/bodhi/v1/info' })).text)
  return { status, authz, models: (await send(url, { path: '/bodhi/v1/models' })).status }
}

const refused = { status: 409, says: 'app_service_error-already_setup' }
const closed = { status: 'setup', authz: true, models: 401 }

describe('A server that was started to ask for logins', () => {
  test.each([
    ['by its flag', ['--auth', 'required'], {}, ''],
    ['by the environment', [], { PHAROS_AUTH: 'required' }, ''],
    ['by its file', [], {}, 'auth: required\n'],
  ])('%s is never opened by a setup', async (_how, args, environment, file) => {
    await using home = await makeHome()
    await mkdir(home.dataDir, { recursive: true, mode: 0o700 })
    await writeFile(join(home.dataDir, 'settings.yaml'), file)
    const given = { ...environment, PHAROS_SETUP_TOKEN: setupToken }
    await using server = await home.start(args, given)
    expect(await stateOf(server.url)).toEqual(closed)
    expect(await setUp(server.url, false)).toEqual(refused)
    expect(await setUp(server.url, true)).toEqual(refused)
    expect(await setUp(server.url, false, { 'x-setup-token': setupToken })).toEqual(refused)
    expect(await stateOf(server.url)).toEqual(closed)
  })

  test('stays closed over a database that was set up to be open', async () => {
    await using home = await makeHome()
    await withServer(home, [], async (url) => {
      expect(await setUp(url, false)).toEqual({ status: 200, says: 'ready' })
    })
    await withServer(home, [], async (url) => {
      expect(await stateOf(url)).toEqual({ status: 'ready', authz: false, models: 200 })
    })
    await withServer(home, ['--auth', 'required'], async (url) => {
      expect(await stateOf(url)).toEqual(closed)
      expect(await setUp(url, false)).toEqual(refused)
    })
  })

  test('with an issuer waits for its first admin', async () => {
    await using home = await makeHome()
    await using server = await home.start(['--auth', 'required'], issuer)
    expect(await stateOf(server.url)).toEqual({ ...closed, status: 'resource-admin' })
    expect(await setUp(server.url, false)).toEqual(refused)
  })
})

describe('A fresh server', () => {
  test('without an issuer cannot be set up to ask for logins, and stays as it was', async () => {
    await using home = await makeHome()
    await using server = await home.start()
    const before = { status: 'setup', authz: true, models: 200 }
    expect(await stateOf(server.url)).toEqual(before)
    const says = 'auth_service_error-not_configured'
    expect(await setUp(server.url, true)).toEqual({ status: 500, says })
    expect(await stateOf(server.url)).toEqual(before)
  })

  test('is set up from elsewhere by whoever knows the setup token', async () => {
    await using home = await makeHome()
    const environment = { ...issuer, PHAROS_SETUP_TOKEN: setupToken }
    await using server = await home.start([], environment)
    const forbidden = { status: 403, says: 'api_auth_error-forbidden' }
    expect(await setUp(server.url, true, forwarded)).toEqual(forbidden)
    const wrong = { ...forwarded, 'x-setup-token': `${setupToken}!` }
    expect(await setUp(server.url, true, wrong)).toEqual(forbidden)
    const right = { ...forwarded, 'x-setup-token': setupToken }
    expect(await setUp(server.url, true, right)).toEqual({ status: 200, says: 'resource-admin' })
    expect(await stateOf(server.url)).toEqual({ ...closed, status: 'resource-admin' })
  })
})

async function withServer(
  home: Home,
  args: readonly string[],
  look: (url: string) => Promise<void>,
): Promise<void> {
  await using server = await home.start(args)
  await look(server.url)
  server.signal('SIGTERM')
  await server.ended
}
