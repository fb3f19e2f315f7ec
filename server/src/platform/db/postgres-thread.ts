import { writeOutbox } from './outbox.ts'
import { openPostgresPool } from './postgres-connection.ts'
import { PostgresTransactions } from './postgres-transactions.ts'
import { runGroup, type Transact } from './run-group.ts'
import type { DbThreadEngine, PostgresThreadSettings } from './thread-messages.ts'

/** Carries out tasks and groups on a small pool of its own, away from the main thread. */
export function openPostgresThread(
  settings: PostgresThreadSettings,
  onSlowQuery: (sql: string, elapsedMs: number) => void,
): DbThreadEngine {
  const pool = openPostgresPool({
    url: settings.url,
    maxConnections: 4,
    // The next use of the pool meets the same failure and reports it to its caller.
    onIdleError: () => undefined,
  })
  const transactions = new PostgresTransactions(pool, {
    slowQueryMs: settings.slowQueryMs,
    onSlowQuery,
  })
  const refuse = async (): Promise<never> => {
    throw new Error('Statements of a transaction run on the main pool')
  }
  return {
    query: refuse,
    each: refuse,
    task: async (load, input) => {
      const task = await load()
      return transactions.read((tx) => task.run(tx, input))
    },
    group: async (load, inputs) => {
      const group = await load()
      const run: typeof group.run = async (tx, given) => {
        const outcome = await group.run(tx, given)
        await writeOutbox(tx, settings.origin, outcome.events)
        return outcome
      }
      const transact: Transact = (work) => transactions.write(work, group.survives)
      return runGroup(transact, { ...group, run }, inputs)
    },
  }
}
