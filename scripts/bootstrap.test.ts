import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { afterEach, beforeEach, expect, it } from 'vitest'

/** Stands in for the server: says what it gets, stops on the second signal or when told to. */
const program = `
import { once } from 'node:events'
const signals = []
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    console.log('got ' + signal)
    signals.push(signal)
    if (signals.length === 2) process.exit(3)
  })
}
console.log('ready ' + process.pid + ' ' + process.argv.slice(2).join(' '))
if (process.argv.includes('--leave')) process.exit(7)
setInterval(() => {}, 1000)
`

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pharos-bootstrap-'))
  await Promise.all(
    ['scripts', 'server/src', 'node_modules/.bin'].map((path) =>
      mkdir(join(root, path), { recursive: true }),
    ),
  )
  for (const name of ['bootstrap.mjs', 'lifeline.mjs']) {
    await copyFile(join(import.meta.dirname, name), join(root, 'scripts', name))
  }
  await symlink(process.execPath, join(root, 'node_modules/.bin/node'))
  await writeFile(join(root, 'package.json'), JSON.stringify({ type: 'module' }))
  await writeFile(join(root, 'server/src/main.ts'), program)
  await lock('one')
  await writeFile(join(root, 'node_modules/.pharos-install'), `${hash('one')} all`)
  await writeFile(join(root, 'npm.js'), `console.log('npm ' + process.argv.slice(2).join(' '))`)
})

afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

async function lock(text: string): Promise<void> {
  await writeFile(join(root, 'package-lock.json'), text)
}

interface Run {
  readonly child: ChildProcess
  readonly lines: Interface
  readonly seen: string[]
}

function bootstrap(...args: string[]): Run {
  return runNode(['scripts/bootstrap.mjs', ...args])
}

function runNode(args: string[]): Run {
  const child = spawn(process.execPath, args, {
    cwd: root,
    detached: true,
    env: { ...process.env, npm_execpath: join(root, 'npm.js'), npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  if (!child.stdout) throw new Error('no output to read')
  const lines = createInterface({ input: child.stdout })
  const seen: string[] = []
  lines.on('line', (line) => seen.push(line))
  return { child, lines, seen }
}

async function ended({ child }: Run): Promise<number | null> {
  const [code] = await once(child, 'close')
  return code
}

async function nextLine({ lines }: Run): Promise<string> {
  const [line] = await once(lines, 'line')
  return line
}

/** A signal to the whole group, as a terminal's Ctrl-C is. */
function signalGroup({ child }: Run, signal: NodeJS.Signals): void {
  if (child.pid === undefined) throw new Error('not running')
  process.kill(-child.pid, signal)
}

it('hands the arguments on and ends with the exit code of what it ran', async () => {
  const run = bootstrap('start', '--port', '0', '--leave')
  expect(await ended(run)).toBe(7)
  expect(run.seen).toEqual([expect.stringMatching(/^ready \d+ --port 0 --leave$/u)])
})

it('installs nothing while the lockfile is what was installed', async () => {
  const run = bootstrap('start', '--leave')
  await ended(run)
  expect(run.seen.filter((line) => line.startsWith('npm '))).toEqual([])
})

it('installs once more when the lockfile has changed', async () => {
  await lock('two')
  const first = bootstrap('start', '--leave')
  expect(await ended(first)).toBe(7)
  expect(first.seen[0]).toBe('npm ci --omit=dev --loglevel=error')
  expect(await readFile(join(root, 'node_modules/.pharos-install'), 'utf8')).toBe(
    `${hash('two')} runtime`,
  )
  const second = bootstrap('start', '--leave')
  await ended(second)
  expect(second.seen.filter((line) => line.startsWith('npm '))).toEqual([])
})

it('installs the tools as well for a command that needs them', async () => {
  await writeFile(join(root, 'node_modules/.pharos-install'), `${hash('one')} runtime`)
  const run = bootstrap('test')
  await ended(run)
  expect(run.seen[0]).toBe('npm ci --include=dev --loglevel=error')
  expect(await readFile(join(root, 'node_modules/.pharos-install'), 'utf8')).toBe(
    `${hash('one')} all`,
  )
})

it('stops with the exit code of npm when the installation fails', async () => {
  await lock('two')
  await writeFile(join(root, 'npm.js'), 'process.exit(9)')
  const run = bootstrap('start')
  expect(await ended(run)).toBe(9)
  expect(run.seen).toEqual([])
})

it('refuses a command it does not know', async () => {
  expect(await ended(bootstrap('stat'))).toBe(2)
})

it.each(['SIGINT', 'SIGTERM'] as const)(
  'makes one %s of the two that a terminal and npm send, and passes a later one on',
  async (signal) => {
    const run = bootstrap('start')
    await nextLine(run)
    const first = nextLine(run)
    signalGroup(run, signal)
    run.child.kill(signal)
    expect(await first).toBe(`got ${signal}`)
    // Longer than the span within which two signals count as one.
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(run.seen).toHaveLength(2)
    run.child.kill(signal)
    expect(await ended(run)).toBe(3)
    expect(run.seen).toHaveLength(3)
  },
)

it('leaves nothing running when it is killed outright', async () => {
  const run = bootstrap('start')
  await nextLine(run)
  signalGroup(run, 'SIGKILL')
  // `close` comes when nobody holds the output any more: the program is gone too, or this waits in vain.
  await ended(run)
  expect(run.child.signalCode).toBe('SIGKILL')
})

it('stops what it runs when npm is killed outright', async () => {
  const npm = `require('node:child_process')
    .spawn(process.execPath, ['scripts/bootstrap.mjs', 'start'], { stdio: 'inherit' })`
  const run = runNode(['--eval', npm])
  await nextLine(run)
  run.child.kill('SIGKILL')
  expect(await nextLine(run)).toBe('got SIGTERM')
  signalGroup(run, 'SIGKILL')
  await ended(run)
})
