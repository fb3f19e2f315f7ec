import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { databasePlace, makeHome, type Home, type RunningServer } from './pharos.ts'

const password = 'correct horse'
const another = 'battery staple'

let home: Home

beforeEach(async () => {
  home = await makeHome()
})

afterEach(() => home[Symbol.asyncDispose]())

function post(server: RunningServer, path: string, body: object): Promise<Response> {
  return fetch(`${server.url}/api/v1/auth/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

const Entered = z.object({ data: z.object({ token: z.string() }) })

/** The token of a login, or the status with which it was refused. */
async function logIn(server: RunningServer, email: string, word: string): Promise<string | number> {
  const reply = await post(server, 'login', { email, password: word })
  return reply.ok ? Entered.parse(await reply.json()).data.token : reply.status
}

async function statusOf(server: RunningServer, token: string | number): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  return (await fetch(`${server.url}/api/v1/users/profile/me`, { headers })).status
}

const ann = ['--email=Ann@example.org', '--name=Ann']
const bob = ['--email=bob@example.org', '--name=Bob B', '--role=viewer']

describe.each(['sqlite', 'postgres'] as const)('users beside a running server [%s]', (dialect) => {
  it('come, go and come back at once', async () => {
    await using place = await databasePlace(dialect)
    const { environment } = place
    const users = (...words: string[]) => home.run(['users', ...words], environment)
    const create = (words: string[], input: string) =>
      home.feed(['users', 'create', ...words], input, environment)
    await using server = await home.start(['--auth', 'required'], environment)
    expect(await users('list')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^There are no users yet: npm start -- users create /),
    })

    expect(await create(ann, `${password}\n`)).toEqual({
      code: 0,
      signal: null,
      stdout: 'Made "Ann" <Ann@example.org>, admin.\n',
      stderr: '',
    })
    expect(await logIn(server, 'ann@example.org', password)).toBeTypeOf('string')
    expect(await logIn(server, 'ann@example.org', another)).toBe(401)

    const made = await create(bob, `${password}\nand more\n`)
    expect(made.stdout).toBe('Made "Bob B" <bob@example.org>, viewer.\n')
    const token = await logIn(server, 'bob@example.org', password)
    expect(await statusOf(server, token)).toBe(200)
    const listed = await users('list')
    expect(listed.stdout).toMatch(
      /^bob@example\.org {2}"Bob B" {2}viewer, active, last login \d{4}-\d\d-\d\d\nAnn@/,
    )

    expect(await users('deactivate', 'BOB@example.org')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Deactivated "Bob B" <bob@example.org>'),
    })
    expect(await statusOf(server, token)).toBe(401)
    expect(await logIn(server, 'bob@example.org', password)).toBe(401)
    expect(await users('reset', 'bob@example.org')).toMatchObject({
      code: 1,
      stderr: 'pharos: "Bob B" <bob@example.org> is deactivated: activate it first\n',
    })
    expect(await users('activate', 'bob@example.org')).toMatchObject({
      code: 0,
      stdout: 'Activated "Bob B" <bob@example.org>, viewer.\n',
    })
    expect(await statusOf(server, token)).toBe(401)
    expect(await logIn(server, 'bob@example.org', password)).toBeTypeOf('string')
  })

  it('choose a new password after a reset, once', async () => {
    await using place = await databasePlace(dialect)
    const { environment } = place
    await home.feed(['users', 'create', ...ann], `${password}\n`, environment)
    await using server = await home.start(['--auth', 'required'], environment)
    const token = await logIn(server, 'ann@example.org', password)

    const said = await home.run(['users', 'reset', 'ann@example.org'], environment)
    expect(said).toMatchObject({ code: 0, stderr: '' })
    const secret = said.stdout.trimEnd().split('\n').at(-1) ?? ''
    expect(secret).toMatch(/^[\da-f]{64}$/)
    expect(said.stdout).toMatch(
      new RegExp(
        `^until \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC at /auth/invitation/${secret}$`,
        'm',
      ),
    )
    expect(await statusOf(server, token)).toBe(401)
    expect(await logIn(server, 'ann@example.org', password)).toBe(401)
    const { stdout } = await home.run(['users', 'list'], environment)
    expect(stdout).toMatch(/^Ann@example\.org .*, no password\n$/)

    const choice = { invitation_token: secret, password: another }
    expect((await post(server, 'activate', choice)).status).toBe(200)
    expect(await logIn(server, 'ann@example.org', another)).toBeTypeOf('string')
    expect((await post(server, 'activate', choice)).status).toBe(404)
  })
})

describe('users', () => {
  it('are let in again who typed too many wrong passwords', async () => {
    await home.feed(['users', 'create', ...ann], `${password}\n`)
    await using server = await home.start(['--auth', 'required'])
    for (let attempt = 0; attempt < 5; attempt += 1) await logIn(server, 'ann@example.org', another)
    expect(await logIn(server, 'ann@example.org', password)).toBe(401)
    expect((await home.run(['users', 'list'])).stdout).toContain(', locked until ')
    expect(await home.run(['users', 'activate', 'ann@example.org'])).toMatchObject({ code: 0 })
    expect(await logIn(server, 'ann@example.org', password)).toBeTypeOf('string')
  })

  it('are not made twice, nor is the last admin shut out', async () => {
    await home.feed(['users', 'create', ...ann], `${password}\n`)
    const again = ['users', 'create', '--email=ann@EXAMPLE.org', '--name=Another']
    expect(await home.feed(again, `${password}\n`)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'pharos: There is a user with this e-mail already\n',
    })
    expect(await home.run(['users', 'deactivate', 'ann@example.org'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^pharos: This is the last active admin, [^\n]*\n$/),
    })
    expect((await home.run(['users', 'list'])).stdout).toMatch(
      /^Ann@example\.org {2}"Ann" {2}admin, active, never logged in\n$/,
    )
  })

  it('are not made without a password that will do', async () => {
    const create = ['users', 'create', ...ann]
    expect(await home.run(create)).toMatchObject({
      code: 2,
      stderr: 'pharos: The password is missing: give it at a terminal or on the standard input\n',
    })
    expect(await home.feed(create, 'horse\n')).toMatchObject({
      code: 1,
      stderr: 'pharos: A password has 8 to 1024 characters\n',
    })
    expect((await home.run(['users', 'list'])).stdout).toContain('There are no users yet')
  })

  it('are known by their e-mail only', async () => {
    expect(await home.run(['users', 'reset', 'nobody@example.org'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'pharos: No user "nobody@example.org"\n',
    })
  })
})
