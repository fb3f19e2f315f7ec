import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** The server as its own process, as `npm start` runs it. Disposing kills it. */
export interface ServerChild extends AsyncDisposable {
  readonly port: number
  /** From the start of the process to the line that says it is ready. */
  readonly readyMs: number
  /** User and system time of all its threads so far. */
  cpuSeconds(): number
  /** How long its main thread could have run and had to wait for a core. */
  mainThreadWaitSeconds(): number
  /** The most resident memory it ever had. */
  peakRssMiB(): number
  /** Resident memory now. */
  rssMiB(): number
  /** Stops it as a person would; throws unless it ends with exit code 0. */
  stop(): Promise<void>
  /** Ends it as a power cut would. */
  kill(): Promise<void>
}

export interface ServerOptions {
  readonly dataDir: string
  readonly databaseUrl?: string | undefined
  readonly nodeFlags?: readonly string[]
  /** What it finds in its environment beside the little that every process needs. */
  readonly environment?: Readonly<Record<string, string>>
  /** Where compiled code is kept between starts, instead of where `npm start` keeps it. */
  readonly compileCache?: string | undefined
}

const main = new URL('../../server/src/main.ts', import.meta.url).pathname
/** As `npm start` runs it (scripts/bootstrap.mjs). */
const heapFlags = ['--max-semi-space-size=8', '--heap-growing-percent=50']
/** Ends the server with this process, however this one ends. */
const lifeline = new URL('../../scripts/lifeline.mjs', import.meta.url).href
const readyLine = /^Pharos is ready at http:\/\/[^:]+:(\d+)$/
const ticksPerSecond = 100

/** Starts a server on a free port and waits until it is ready. */
export async function startServer(options: ServerOptions): Promise<ServerChild> {
  const startedMs = performance.now()
  const child = spawn(process.execPath, argumentsOf(options), {
    // A folder without a `.env`, which the server would read.
    cwd: options.dataDir,
    env: environmentOf(options),
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const port = await portOf(child)
  const readyMs = performance.now() - startedMs
  return {
    port,
    readyMs,
    cpuSeconds: () => cpuSecondsOf(child),
    mainThreadWaitSeconds: () => mainThreadWaitSeconds(child),
    peakRssMiB: () => memoryMiB(child, 'VmHWM'),
    rssMiB: () => memoryMiB(child, 'VmRSS'),
    async stop() {
      await end(child, 'SIGTERM')
      if (child.exitCode !== 0) throw new Error(`The server ended with ${child.exitCode}`)
    },
    kill: () => end(child, 'SIGKILL'),
    [Symbol.asyncDispose]: () => end(child, 'SIGKILL'),
  }
}

function argumentsOf({ dataDir, nodeFlags = [] }: ServerOptions): string[] {
  const own = ['--host', '127.0.0.1', '--port', '0', '--data-dir', dataDir]
  const quiet = ['--log-level', 'error', '--beacon-db', 'off', '--beacon-config', 'off']
  return ['--import', lifeline, ...heapFlags, ...nodeFlags, main, ...own, ...quiet]
}

/** Only what a process needs, so that settings of the person who measures do not count. */
function environmentOf(options: ServerOptions): Record<string, string> {
  const { databaseUrl, environment } = options
  const { compileCache = join(tmpdir(), 'node-compile-cache') } = options
  return {
    ...environment,
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? tmpdir(),
    TMPDIR: tmpdir(),
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    NODE_COMPILE_CACHE: compileCache,
    MALLOC_MMAP_THRESHOLD_: '131072',
  }
}

function portOf(child: ChildProcess): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  child.once('error', reject)
  child.once('exit', (code) => reject(new Error(`The server did not start (exit code ${code})`)))
  if (!child.stdout) throw new Error('The server was started without an output')
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [, port] = readyLine.exec(line) ?? []
    if (port !== undefined) resolve(Number(port))
  })
  return promise
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}

/** User and system time of all threads of a process so far. */
export function cpuSecondsOf({ pid }: Pick<ChildProcess, 'pid'>): number {
  // Behind the program's name, which may hold anything, user and system time are 12th and 13th.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

function mainThreadWaitSeconds({ pid }: ChildProcess): number {
  // Time on a core, time waiting for one, both in nanoseconds, and how often it was put on one.
  const [, waited] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')
  return Number(waited) / 1e9
}

function memoryMiB({ pid }: ChildProcess, field: 'VmHWM' | 'VmRSS'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const [, kibibytes] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status) ?? []
  return Number(kibibytes) / 1024
}
