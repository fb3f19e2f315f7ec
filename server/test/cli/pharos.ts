import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Dialect } from '../../src/platform/db/database.ts'
import { dropPostgres, freshPostgresUrl } from '../support/postgres.ts'

const mainPath = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const compileCache = join(tmpdir(), 'node-compile-cache')

/** How a process ended and all it said. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A home folder of its own, in which nothing of this machine is seen. */
export interface Home extends AsyncDisposable {
  readonly dir: string
  /** Where the server keeps its data unless told otherwise. */
  readonly dataDir: string
  /** Runs a command to its end. */
  run(args: readonly string[], environment?: Environment): Promise<Ended>
  /** Runs a command that finds a text on its standard input, which stays open until it ends. */
  feed(args: readonly string[], input: string, environment?: Environment): Promise<Ended>
  /** Starts a command and lets it run. */
  begin(args: readonly string[], environment?: Environment): RunningCommand
  /** Starts a server on a free port and waits until it says that it is ready. */
  start(args?: readonly string[], environment?: Environment): Promise<RunningServer>
}

/** A command in a process of its own. */
export interface RunningCommand {
  readonly ended: Promise<Ended>
  signal(name: NodeJS.Signals): void
}

type Environment = Readonly<Record<string, string>>

/** A server in a process of its own. Disposing kills it if it still runs. */
export interface RunningServer extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  readonly ended: Promise<Ended>
  signal(name: NodeJS.Signals): void
}

export async function makeHome(): Promise<Home> {
  const dir = await mkdtemp(join(tmpdir(), 'pharos-cli-'))
  return {
    dir,
    dataDir: join(dir, '.pharos'),
    run: (args, environment = {}) => watch(launch(dir, args, environment)).ended,
    feed(args, input, environment = {}) {
      const child = launch(dir, args, environment, 'pipe')
      child.stdin?.write(input)
      return watch(child).ended
    },
    begin(args, environment = {}) {
      const child = launch(dir, args, environment)
      return { ended: watch(child).ended, signal: (name) => void child.kill(name) }
    },
    start: (args = [], environment = {}) =>
      startServer(launch(dir, ['--port', '0', ...args], environment)),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  }
}

/** What sends a process to a database of its own; nothing for the SQLite file in its folder. */
export interface DatabasePlace extends AsyncDisposable {
  readonly environment: Environment
}

export async function databasePlace(dialect: Dialect): Promise<DatabasePlace> {
  if (dialect === 'sqlite') {
    return { environment: {}, [Symbol.asyncDispose]: async () => undefined }
  }
  const DATABASE_URL = await freshPostgresUrl()
  return {
    environment: { DATABASE_URL },
    [Symbol.asyncDispose]: () => dropPostgres(DATABASE_URL),
  }
}

function launch(
  home: string,
  args: readonly string[],
  environment: Environment,
  input: 'ignore' | 'pipe' = 'ignore',
): ChildProcess {
  return spawn(process.execPath, [mainPath, ...args], {
    cwd: home,
    env: {
      HOME: home,
      USERPROFILE: home,
      // As `npm start` gives it: else each process loads the compiler for its first file.
      NODE_COMPILE_CACHE: compileCache,
      // Else a disk that is slow for a moment adds a line to what a process says.
      PHAROS_SLOW_QUERY_MS: '600000',
      ...environment,
    },
    stdio: [input, 'pipe', 'pipe'],
  })
}

interface Watched {
  readonly ended: Promise<Ended>
  /** Resolves with the first line of output that fits, or with nothing once the process ended. */
  line(pattern: RegExp): Promise<RegExpExecArray | undefined>
}

function watch(child: ChildProcess): Watched {
  const said = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said.stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said.stderr += text))
  const ended = once(child, 'close').then(([code, signal]: unknown[]): Ended => ({
    code: typeof code === 'number' ? code : null,
    signal: toSignal(signal),
    ...said,
  }))
  const line = async (pattern: RegExp): Promise<RegExpExecArray | undefined> => {
    const { promise, resolve } = Promise.withResolvers<RegExpExecArray | undefined>()
    const look = (): void => {
      const found = pattern.exec(said.stdout)
      if (found) resolve(found)
    }
    child.stdout?.on('data', look)
    void ended.then(() => resolve(undefined))
    return promise
  }
  return { ended, line }
}

/** Node gives the name of a signal or null. */
function toSignal(value: unknown): NodeJS.Signals | null {
  return typeof value === 'string' ? (value as NodeJS.Signals) : null
}

async function startServer(child: ChildProcess): Promise<RunningServer> {
  const { ended, line } = watch(child)
  const ready = await line(/^Pharos is ready at (http:\S+)\n/)
  const [, url] = ready ?? []
  if (url === undefined) throw new Error(`The server did not start: ${(await ended).stderr}`)
  return {
    url,
    ended,
    pid: child.pid ?? 0,
    signal: (name) => void child.kill(name),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
