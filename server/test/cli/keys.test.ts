import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { databasePlace, makeHome, type Home, type RunningServer } from './pharos.ts'

let home: Home

beforeEach(async () => {
  home = await makeHome()
})

afterEach(() => home[Symbol.asyncDispose]())

async function statusOf(server: RunningServer, secret?: string): Promise<number> {
  const headers = secret === undefined ? {} : { authorization: `Bearer ${secret}` }
  return (await fetch(`${server.url}/v1/traces`, { headers })).status
}

async function openLive(server: RunningServer, secret: string): Promise<WebSocket> {
  const address = `${server.url.replace('http', 'ws')}/ws/live?api_key=${secret}`
  const socket = new WebSocket(address)
  await once(socket, 'open')
  return socket
}

describe.each(['sqlite', 'postgres'] as const)('keys beside a running server [%s]', (dialect) => {
  it('take effect at once', async () => {
    await using place = await databasePlace(dialect)
    const { environment } = place
    await using server = await home.start(['--auth', 'required'], environment)
    expect(await statusOf(server)).toBe(401)
    expect(await home.run(['keys', 'list'], environment)).toMatchObject({
      code: 0,
      stdout: 'There are no keys yet: npm start -- keys create --name me\n',
    })

    const made = await home.run(['keys', 'create', '--name', 'ci'], environment)
    expect(made).toMatchObject({ code: 0, stderr: '' })
    const secret = made.stdout.trimEnd().split('\n').at(-1) ?? ''
    expect(await statusOf(server, secret)).toBe(200)
    expect(await statusOf(server, `${secret}0`)).toBe(401)

    const listed = await home.run(['keys', 'list'], environment)
    expect(listed.stdout).toMatch(/^pharos_\w{8}… {2}\S+ {2}"ci" {2}active, .*traces:write\]\n$/)
    expect(listed.stdout).not.toContain(secret)

    const socket = await openLive(server, secret)
    const closed = once(socket, 'close')
    const prefix = secret.slice(0, 15)
    const revoked = await home.run(['keys', 'revoke', prefix], environment)
    expect(revoked).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Revoked key \S+ "ci"/),
    })
    expect(await statusOf(server, secret)).toBe(401)
    const [code] = await closed
    expect(code).toBe(1008)
    expect(await home.run(['keys', 'revoke', 'nobody'], environment)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'pharos: No API key "nobody"\n',
    })
  })
})

describe('keys', () => {
  it('can be made before the first start', async () => {
    const made = await home.run(['keys', 'create', '--name', 'first', '--scopes', 'all'])
    const secret = made.stdout.trimEnd().split('\n').at(-1)
    await using server = await home.start(['--auth', 'required'])
    expect(await statusOf(server, secret)).toBe(200)
    expect(await statusOf(server)).toBe(401)
  })
})
