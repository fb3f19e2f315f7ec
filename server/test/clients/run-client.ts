import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { env, execPath } from 'node:process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

export interface ClientRun {
  /** Name of a file in `programs`. */
  readonly program: string
  readonly args?: readonly string[]
  readonly pharosUrl: string
  readonly openaiUrl: string
}

/**
 * Runs a client in a process of its own, since tracers patch modules and register themselves for
 * the whole process. Throws what it wrote to stderr unless it ends well.
 */
export async function runClient({ program, args = [], ...urls }: ClientRun): Promise<void> {
  const path = fileURLToPath(new URL(`programs/${program}.ts`, import.meta.url))
  const child = spawn(execPath, [path, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: env['PATH'],
      PHAROS_URL: urls.pharosUrl,
      OPENAI_BASE_URL: urls.openaiUrl,
    },
  })
  const [said, [code, signal]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  if (code !== 0) throw new Error(`${program} ended with ${String(code ?? signal)}\n${said}`)
}
