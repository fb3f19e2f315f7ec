import { copyFile, mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dropPostgres, freshPostgresUrl } from '../support/postgres.ts'
import { databasePlace, makeHome, type Home, type RunningServer } from './pharos.ts'

let home: Home

beforeEach(async () => {
  home = await makeHome()
})

afterEach(() => home[Symbol.asyncDispose]())

async function send(url: string, method: string, path: string, value?: unknown): Promise<unknown> {
  const body = value === undefined ? {} : { body: JSON.stringify(value) }
  const headers = { 'content-type': 'application/json' }
  const reply = await fetch(`${url}${path}`, { method, headers, ...body })
  const text = await reply.text()
  expect(reply.status, `${method} ${path}: ${text}`).toBeLessThan(300)
  return text.startsWith('{') ? JSON.parse(text) : text
}

const span = (id: string) => ({
  span_id: id,
  trace_id: `trace of ${id}`,
  span_type: 'llm_call',
  name: 'ask',
  start_time: 1_790_000_000,
  attributes: { 'llm.prompt': `words of ${id}` },
})

async function stop(server: RunningServer): Promise<void> {
  server.signal('SIGTERM')
  expect(await server.ended).toMatchObject({ code: 0 })
}

async function rowsOf(databaseUrl: string | undefined, query: string): Promise<unknown[]> {
  if (databaseUrl === undefined) {
    using file = new DatabaseSync(join(home.dataDir, 'pharos.db'), { timeout: 5000 })
    return file.prepare(query).all()
  }
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  const { rows } = await client.query<Record<string, unknown>>(query)
  await client.end()
  return rows
}

/** Some of everything: a trace, an engine's log in a collection, a comment, a provider's key. */
async function fill(url: string): Promise<void> {
  await send(url, 'POST', '/v1/spans', { spans: [span('first'), span('second')] })
  const request = { request_id: 'r', model: 'tiny', final_text: 'Hi' }
  await send(url, 'POST', '/v1/ingest', { request })
  const comment = { username: 'Ann', comment: 'odd' }
  await send(url, 'POST', '/logs/r/discussions', comment)
  await send(url, 'POST', '/collections', { name: 'set' })
  await send(url, 'POST', '/collections/1/requests', { request_id: 'r' })
  await send(url, 'PUT', '/v1/settings/api-keys', { provider: 'openai', api_key: 'sk-of-the-team' })
}

const destination = { name: 'Receiver', url: 'http://127.0.0.1:9/', active: true }

describe.each(['sqlite', 'postgres'] as const)('clear [%s]', (dialect) => {
  it('deletes the data, keeps schema, users, keys and settings, and counts from one again', async () => {
    await using place = await databasePlace(dialect)
    const { environment } = place
    const url = environment['DATABASE_URL']
    const run = (...args: string[]) => home.run(args, environment)
    await run('keys', 'create', '--name', 'mine')
    const ann = ['--email=ann@example.org', '--name=Ann']
    await home.feed(['users', 'create', ...ann], 'correct horse\n', environment)
    {
      await using server = await home.start([], environment)
      await fill(server.url)
      await send(server.url, 'POST', '/api/v1/settings', {
        type: 'webhook-destination',
        data: destination,
      })
      expect(await run('clear', '--yes')).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/^pharos: The d.* in use by .*\n$/),
      })
      expect(await send(server.url, 'GET', '/v1/traces')).toMatchObject({ total: 3 })
      await stop(server)
    }
    expect(await run('clear')).toMatchObject({ code: 2, stdout: '' })
    const before = await run('schema')
    expect(await run('clear', '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Cleared .*; users, keys and settings are kept\n$/),
    })
    expect(await run('schema')).toEqual(before)
    expect(await rowsOf(url, 'select count(*) * 1.0 as n from discussions')).toEqual(
      await rowsOf(url, 'select 0 * 1.0 as n'),
    )
    expect((await run('keys', 'list')).stdout).toContain('"mine"')
    expect((await run('keys', 'create', '--name', 'next')).code).toBe(0)
    expect((await run('users', 'list')).stdout).toContain('ann@example.org')

    await using server = await home.start([], environment)
    expect(await send(server.url, 'GET', '/v1/traces')).toMatchObject({ total: 0 })
    expect(await send(server.url, 'GET', '/logs')).toMatchObject({ returned: 0 })
    expect(await send(server.url, 'GET', '/v1/settings/api-keys')).toContain(
      '"provider":"openai","configured":true',
    )
    const kept = await send(server.url, 'GET', '/api/v1/settings/type/webhook-destination')
    expect(kept).toMatchObject({ data: { settings: [destination] } })
    await fill(server.url)
    expect(await send(server.url, 'GET', '/v1/search?q=words%20of')).toMatchObject({ total: 2 })
    expect(await send(server.url, 'GET', '/logs/r/discussions')).toMatchObject({
      discussions: [{ id: 1 }],
    })
    await stop(server)

    expect(await run('clear', '--yes', '--with-keys')).toMatchObject({ code: 0 })
    expect((await run('keys', 'list')).stdout).toMatch(/^There are no keys yet/)
    expect((await run('users', 'list')).stdout).toMatch(/^There are no users yet/)
    expect((await run('keys', 'create', '--name', 'new')).code).toBe(0)
    expect(await rowsOf(url, 'select cast(number as text) as number from api_keys')).toEqual([
      { number: '1' },
    ])
  }, 240_000)
})

describe.each(['sqlite', 'postgres'] as const)('schema [%s]', (dialect) => {
  it('prints statements that make the same schema, always the same', async () => {
    await using place = await databasePlace(dialect)
    const { environment } = place
    const first = await home.run(['schema'], environment)
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toMatch(
      new RegExp(`^-- Schema of Pharos \\S+ on ${dialect}, after step \\d{4}-\\S+\n\n`),
    )
    expect(await home.run(['schema'], environment)).toEqual(first)
    expect(first.stdout).toMatch(/CREATE TABLE inference_logs \(/)
    if (dialect === 'sqlite') {
      using fresh = new DatabaseSync(':memory:')
      fresh.exec(first.stdout)
      const query = "select name from sqlite_master where name <> 'sqlite_stat1' order by name"
      expect(fresh.prepare(query).all()).toEqual(await rowsOf(undefined, query))
      return
    }
    const fresh = await freshPostgresUrl()
    await rowsOf(fresh, first.stdout)
    const query = `select c.relname::text as name, c.relkind::text as kind from pg_class as c
      where c.relnamespace = current_schema()::regnamespace order by 1`
    expect(await rowsOf(fresh, query)).toEqual(await rowsOf(environment['DATABASE_URL'], query))
    await dropPostgres(fresh)
  })
})

describe('backup and restore', () => {
  it('take the data elsewhere beside a server that goes on writing', async () => {
    const file = join(home.dir, 'pharos.backup')
    await using server = await home.start()
    await send(server.url, 'POST', '/v1/spans', { spans: [span('before')] })
    const [made] = await Promise.all([
      home.run(['backup', file]),
      ...Array.from({ length: 20 }, (_, index) =>
        send(server.url, 'POST', '/v1/spans', { spans: [span(`during ${index}`)] }),
      ),
    ])
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Backed up .* MB\n/) })
    expect(made.stdout).toContain('secret.key')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readdir(home.dir)).toEqual(['.pharos', 'pharos.backup'])
    expect(await home.run(['backup', file])).toMatchObject({
      code: 1,
      stderr: `pharos: ${file} exists: a backup replaces no file\n`,
    })
    const inUse = { code: 1, stderr: expect.stringContaining(`process ${server.pid}`) }
    expect(await home.run(['restore', file, '--yes'])).toMatchObject(inUse)

    await using elsewhere = await makeHome()
    const restored = await elsewhere.run(['restore', file])
    expect(restored).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Put the secret.key'),
    })
    const key = 'secret.key'
    await copyFile(join(home.dataDir, key), join(elsewhere.dataDir, key))
    await using again = await elsewhere.start()
    const trace = await send(again.url, 'GET', '/v1/traces/trace%20of%20before')
    expect(trace).toMatchObject({ trace_id: 'trace of before' })
    expect(await send(again.url, 'GET', '/v1/search?q=of%20before')).toMatchObject({ total: 1 })
  })

  it('replace a database only when told to, and only by one that fits', async () => {
    const file = join(home.dir, 'pharos.backup')
    expect((await home.run(['migrate'])).code).toBe(0)
    expect((await home.run(['backup', file])).code).toBe(0)
    expect((await home.run(['keys', 'create', '--name', 'later'])).code).toBe(0)
    expect((await home.run(['restore', file])).code).toBe(2)
    expect((await home.run(['keys', 'list'])).stdout).toContain('"later"')

    const refusals = [
      ['none', `There is no file`],
      ['notes', `The file is not a database`],
      ['foreign', `is no database of Pharos`],
      ['newer', `was made by a newer version: it has the schema step 9999-later`],
    ] as const
    const place = (name: string) => join(home.dir, name)
    await writeFile(place('notes'), 'notes\n'.repeat(1000))
    using foreign = new DatabaseSync(place('foreign'))
    foreign.exec('create table notes (text text)')
    await copyFile(file, place('newer'))
    using newer = new DatabaseSync(place('newer'))
    newer.exec("insert into migrations (name, timestamp) values ('9999-later', '')")
    newer.close()
    for (const [name, line] of refusals) {
      const refused = await home.run(['restore', place(name), '--yes'])
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(line) })
    }
    expect((await home.run(['keys', 'list'])).stdout).toContain('"later"')

    expect(await home.run(['restore', file, '--yes'])).toMatchObject({ code: 0 })
    expect((await home.run(['keys', 'list'])).stdout).toMatch(/^There are no keys yet/)
    expect((await home.run(['migrate'])).stdout).toBe('The database is up to date\n')
  }, 240_000)

  it('leave PostgreSQL to its own tools, and say when there is nothing to copy', async () => {
    const environment = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }
    for (const [command, tool] of [
      ['backup', 'pg_dump'],
      ['restore', 'pg_restore'],
    ] as const) {
      expect(await home.run([command, 'file'], environment)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(`^pharos: The data is in PostgreSQL.*: ${tool} .*file`),
      })
    }
    expect(await home.run(['backup', 'file'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no database in'),
    })
    await mkdir(home.dataDir, { recursive: true })
    expect((await home.run(['migrate'])).code).toBe(0)
    expect(await home.run(['backup', 'no/such/folder'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Cannot write'),
    })
    expect((await home.run(['backup'])).stderr).toContain('"backup" needs a file')
  })
})
