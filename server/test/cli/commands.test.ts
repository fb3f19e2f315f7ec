import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { version } from '../../src/app/version.ts'
import { databasePlace, makeHome, type Ended, type Home } from './pharos.ts'

let home: Home

beforeAll(async () => {
  home = await makeHome()
})

afterAll(() => home[Symbol.asyncDispose]())

/** What a process says that refuses to do anything: one line, and nothing on stdout. */
const refusal = (code: number, line: string): Ended => ({
  code,
  signal: null,
  stdout: '',
  stderr: `pharos: ${line}\n`,
})

describe('the command line', () => {
  it('tells its options and its version', async () => {
    const help = await home.run(['--help'])
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toContain('--port <number>')
    expect(help.stdout).toContain('keys revoke <key>')
    expect(await home.run(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` })
  })

  it.each([
    [['--prot', '1'], {}, 'Unknown option --prot; did you mean "--port"?'],
    [['migrat'], {}, 'Unknown command "migrat"; did you mean "migrate"?'],
    [
      [],
      { PHAROS_PROT: '1' },
      'Unknown environment variable PHAROS_PROT; did you mean "PHAROS_PORT"?',
    ],
    [['--port', 'x'], {}, '--port must be a whole number from 0 to 65535, not "x"'],
    [
      ['--host', '0.0.0.0'],
      {},
      'Host "0.0.0.0" can be reached from other machines: give --auth required, or --auth open --insecure to let everybody in',
    ],
  ])('refuses %j %j with one line and 2', async (args, environment, line) => {
    expect(await home.run(args, environment)).toEqual(refusal(2, line))
  })

  it('says in one line why a data folder does not serve', async () => {
    const file = join(home.dir, 'file')
    await writeFile(file, '')
    const below = join(file, 'data')
    expect(await home.run(['--data-dir', below])).toEqual(
      refusal(1, `Cannot use the data folder ${below}: a part of its path is a file`),
    )
    expect(await home.run(['--data-dir', file])).toEqual(
      refusal(1, `Cannot use the data folder ${file}: it is a file`),
    )
  })

  it('says in one line why a database does not serve', async () => {
    const occupied = join(home.dir, 'occupied')
    await mkdir(join(occupied, 'pharos.db'), { recursive: true })
    expect(await home.run(['--data-dir', occupied])).toEqual(
      refusal(1, 'The database file cannot be opened'),
    )
    const foreign = join(home.dir, 'foreign')
    await mkdir(foreign)
    await writeFile(join(foreign, 'pharos.db'), 'notes\n'.repeat(1_000))
    expect(await home.run(['--data-dir', foreign])).toEqual(
      refusal(1, 'The file is not a database'),
    )
    expect(await home.run([], { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' })).toEqual(
      refusal(1, 'The database is not reachable'),
    )
  })

  it('refuses another encryption key than the first', async () => {
    const dataDir = ['--data-dir', join(home.dir, 'sealed')]
    expect(await home.run(['migrate', ...dataDir])).toMatchObject({ code: 0 })
    const PHAROS_ENCRYPTION_KEY = randomBytes(32).toString('base64')
    expect(await home.run(['start', ...dataDir], { PHAROS_ENCRYPTION_KEY })).toEqual(
      refusal(
        1,
        'The secrets in this database were sealed with another key: give the PHAROS_ENCRYPTION_KEY or the secret.key it was first started with',
      ),
    )
  })
})

describe.each(['sqlite', 'postgres'] as const)('migrate [%s]', (dialect) => {
  const said = /^Applied \d+: 0001-\S+(, \d{4}-\S+)+\n$/

  it('brings the database up to date, once', async () => {
    await using place = await databasePlace(dialect)
    const args = ['migrate', '--data-dir', join(home.dir, dialect)]
    const first = await home.run(args, place.environment)
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toMatch(said)
    const second = { code: 0, stdout: 'The database is up to date\n' }
    expect(await home.run(args, place.environment)).toMatchObject(second)
  })
})
