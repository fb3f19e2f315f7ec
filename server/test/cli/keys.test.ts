import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { listApiKeys, takeAllowance } from '../../src/features/identity/index.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { contextOf } from '../support/context.ts'
import { openForTest } from '../support/database.ts'
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

describe.each(['sqlite', 'postgres'] as const)('limits of keys [%s]', (dialect) => {
  it('are set, shown and changed', async () => {
    await using place = await databasePlace(dialect)
    const { environment } = place
    const keys = async (...args: string[]) => home.run(['keys', ...args], environment)
    const made = await keys(
      'create',
      '--name=ci',
      '--scopes=completions:run',
      '--budget-usd=2.50',
      '--budget-period=month',
      '--requests-per-minute=60',
      '--models=gpt-4o, openai/*',
    )
    expect(made).toMatchObject({ code: 0, stderr: '' })
    const said = 'It is limited: 2.5 USD a month, 60 requests a minute, only gpt-4o openai/*.'
    expect(made.stdout.split('\n')).toContain(said)
    const prefix = (made.stdout.trimEnd().split('\n').at(-1) ?? '').slice(0, 15)
    expect((await keys('list')).stdout).toContain(
      'no end, 0 of 2.5 USD this month, 0 of 60 requests this minute, only gpt-4o openai/*  [comp',
    )
    const changed = await keys('limit', prefix, '--tokens-per-minute=9', '--budget-usd=off')
    expect(changed).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^Key \S+ "ci" has 60 requests a minute, 9 tokens a minute, only gpt-4o openai\/\*\.\n$/,
      ),
    })
    const free = await keys(
      'limit',
      prefix,
      '--tokens-per-minute=off',
      '--requests-per-minute=off',
      '--models=all',
    )
    expect(free.stdout).toMatch(/^Key \S+ "ci" has no limits\.\n$/)
    expect((await keys('list')).stdout).toMatch(/no end {2}\[completions:run\]\n$/)
    expect(await keys('limit', 'nobody', '--models=all')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'pharos: No API key "nobody"\n',
    })
    expect(await keys('limit', prefix, '--models=gpt-*')).toMatchObject({
      code: 1,
      stderr: 'pharos: "gpt-*" names no model: give a name, provider/* or *\n',
    })
    expect(await keys('limit', prefix, '--budget-usd=much')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^pharos: --budget-usd must be .*, not "much"\n$/),
    })
  })

  it('show what is used', async () => {
    await using place = await databasePlace(dialect)
    const { environment } = place
    const run = ['--scopes=completions:run', '--name=ci']
    await home.run(['keys', 'create', ...run, '--budget-usd=1'], environment)
    await spend(place.environment['DATABASE_URL'], 0.125)
    const listed = await home.run(['keys', 'list'], environment)
    expect(listed.stdout).toContain(', 0.125 of 1 USD in all  [')
  })
})

/** What the calls of a server would have counted for the only key there is. */
async function spend(url: string | undefined, costUsd: number): Promise<void> {
  const path = join(home.dataDir, 'pharos.db')
  const { db } = await openForTest(
    url === undefined ? { kind: 'sqlite', path } : { kind: 'postgres', url },
  )
  await using owned = db
  const log = { warn: () => undefined, error: () => undefined }
  const ctx = { ...contextOf({ db: owned }, systemClock), log }
  const [key] = await listApiKeys(ctx)
  if (key === undefined || key.limits === null) throw new Error('There is no key with limits')
  const scopes = new Set(key.scopes)
  const { id: keyId, userId, subject, limits } = key
  const caller = { kind: 'apiKey', keyId, userId, subject, limits, scopes } as const
  const allowance = await takeAllowance({ ...ctx, caller })
  await allowance.settle(ctx, { tokens: 10, costUsd })
}

describe('keys', () => {
  it('can be made before the first start', async () => {
    const made = await home.run(['keys', 'create', '--name', 'first', '--scopes', 'all'])
    const secret = made.stdout.trimEnd().split('\n').at(-1)
    await using server = await home.start(['--auth', 'required'])
    expect(await statusOf(server, secret)).toBe(200)
    expect(await statusOf(server)).toBe(401)
  })
})
