import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Loopback port that answers each connection with the PostgreSQL server's admin URL. */
    postgresPort: number
  }
}

/**
 * Vitest's global set-up: one PostgreSQL server a run, started by the first test that asks for it
 * (`freshPostgresUrl`), so that a run without database tests does not pay for it.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const keeper = lazyKeeper()
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    void keeper.answer().then((answer) => socket.end(JSON.stringify(answer)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string')
    throw new Error('no port for the test database')
  project.provide('postgresPort', address.port)
  return async () => {
    server.close()
    await keeper.stop()
  }
}

interface Keeper {
  /** What the keeper process said: `{ adminUrl }` or `{ error }`. */
  answer(): Promise<unknown>
  stop(): Promise<void>
}

function lazyKeeper(): Keeper {
  let started: { child: ChildProcess; answer: Promise<unknown> } | undefined
  return {
    answer() {
      started ??= startKeeper()
      return started.answer
    },
    async stop() {
      const child = started?.child
      if (!child || child.exitCode !== null) return
      const ended = once(child, 'exit')
      if (child.connected) child.disconnect()
      await ended
    },
  }
}

function startKeeper(): { child: ChildProcess; answer: Promise<unknown> } {
  // Detached: a Ctrl-C in the terminal must reach the tests, not their database.
  const child = fork(new URL('postgres-keeper.ts', import.meta.url), {
    detached: true,
    execArgv: [],
  })
  const answer = new Promise<unknown>((resolve) => {
    child.once('message', resolve)
    child.once('exit', (code) => resolve({ error: `the keeper ended with exit code ${code}` }))
  })
  return { child, answer }
}
