import { fork, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Log } from '../../platform/log/create-log.ts'
import { withCompileCache } from '../../platform/threads/compile-cache.ts'

const keptLines = 20
const keptLineLength = 500
/** Of what goes into the log; a grammar that cannot be read is said in full. */
const loggedLength = 2000

/** A child's last words, for the message that says why it did not start. */
export interface LastWords {
  readonly text: string
}

/**
 * Starts the program that runs one model. It shares nothing with us but a channel: no terminal, no
 * flags of ours (a debugger's port can be taken once only), and of the environment only what the
 * engine's libraries read, so that a crafted model file finds no secrets. `show` makes of each line
 * that it says what others may read.
 */
export function forkChild(
  module: URL,
  log: Log,
  show: (line: string) => string,
): { readonly child: ChildProcess; readonly lastWords: LastWords } {
  const child = fork(module, [], {
    execPath: process.execPath,
    execArgv: ['--max-old-space-size=1024', '--disable-warning=ExperimentalWarning'],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: withCompileCache(engineEnvironment(process.env)),
  })
  const last: string[] = []
  eachLine(child.stdout, (line) => log.debug(show(line)))
  eachLine(child.stderr, (said) => {
    const line = show(said)
    log.warn(line)
    last.push(line.slice(0, keptLineLength))
    if (last.length > keptLines) last.shift()
  })
  const lastWords = {
    get text() {
      return last.join('\n')
    },
  }
  return { child, lastWords }
}

function eachLine(stream: Readable | null, take: (line: string) => void): void {
  if (!stream) return
  createInterface({ input: stream, crlfDelay: Infinity }).on('line', (line) => {
    if (line.trim() !== '') take(line.slice(0, loggedLength))
  })
}

const plainNames = new Set(
  [
    'COMPUTERNAME HOME LANG LANGUAGE LD_LIBRARY_PATH LOCALAPPDATA PATH SYSTEMROOT',
    'TEMP TMP TMPDIR TZ USERPROFILE WINDIR',
  ].flatMap((line) => line.split(' ')),
)
const namePrefixes = /^(?:CUDA|DYLD|GGML|HIP|HSA|LC|LLAMA|METAL|NODE_LLAMA_CPP|OMP|ROCR|VK)_/iu

function engineEnvironment(all: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(all).filter(
    ([name]) => plainNames.has(name.toUpperCase()) || namePrefixes.test(name),
  )
  return Object.fromEntries(kept)
}
