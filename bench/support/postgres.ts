import { fork } from 'node:child_process'
import { once } from 'node:events'

export interface BenchPostgres extends AsyncDisposable {
  /** An empty database with collation C. */
  readonly url: string
}

const keeper = new URL('../../server/test/support/postgres-keeper.ts', import.meta.url)

/**
 * Starts a PostgreSQL of its own that syncs to disk. A keeper process holds it, so that it ends
 * with this process, however this one ends.
 */
export async function startBenchPostgres(): Promise<BenchPostgres> {
  const child = fork(keeper, ['--durable'], { detached: true, execArgv: [] })
  const ended = once(child, 'exit')
  const url = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`PostgreSQL's keeper ended (exit code ${code})`)))
    child.once('message', (message: { adminUrl?: string; error?: string }) => {
      if (message.adminUrl !== undefined) resolve(message.adminUrl)
      else reject(new Error(`PostgreSQL did not start: ${message.error}`))
    })
  })
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.disconnect()
      await ended
    },
  }
}
