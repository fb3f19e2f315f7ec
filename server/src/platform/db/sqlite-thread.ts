import type { Tx } from './database.ts'
import { runGroup, type Transact } from './run-group.ts'
import { SqliteConnection } from './sqlite-connection.ts'
import type { DbThreadEngine, SqliteThreadSettings } from './thread-messages.ts'
import { Turns } from './turns.ts'
import { createTx } from './tx.ts'
import { WriteAheadLog } from './write-ahead-log.ts'

/** Serves one SQLite connection; calls wait for one another in the order of their arrival. */
export function openSqliteThread(
  settings: SqliteThreadSettings,
  onSlowQuery: (sql: string, elapsedMs: number) => void,
): DbThreadEngine {
  const connection = new SqliteConnection({ ...settings, onSlowQuery })
  let loading: Promise<Tx> | undefined
  // Statements need no query builder, whose code is most of what the thread loads.
  const openTx = (): Promise<Tx> => (loading ??= loadTx(connection))
  const transactWith =
    (begin: string): Transact =>
    async (work) => {
      const tx = await openTx()
      await connection.query(begin, [])
      try {
        const result = await work(tx)
        await connection.query('commit', [])
        return result
      } catch (error) {
        await rollBack(connection)
        throw error
      }
    }
  const turns = new Turns()
  const log = new WriteAheadLog(settings.path)
  return {
    query: (sql, parameters) => turns.take(() => connection.query(sql, parameters)),
    each: (sql, rows) => turns.take(() => connection.each(sql, rows)),
    task: (load, input) =>
      turns.take(async () => {
        const task = await load()
        return transactWith('begin')((open) => task.run(open, input))
      }),
    group: (load, inputs) =>
      turns.take(async () => {
        const group = await load()
        const transact = transactWith('begin immediate')
        if (group.survives !== 'process-crash') return runGroup(transact, group, inputs)
        await connection.query('pragma synchronous = normal', [])
        try {
          return await runGroup(transact, group, inputs)
        } finally {
          await connection.query('pragma synchronous = full', [])
          log.syncSoon()
        }
      }),
  }
}

async function loadTx(connection: SqliteConnection): Promise<Tx> {
  const { kyselyOn } = await import('./kysely.ts')
  return createTx(connection, kyselyOn(connection))
}

/** SQLite rolls back by itself on a full disk and the like; a second rollback is then an error. */
async function rollBack(connection: SqliteConnection): Promise<void> {
  await connection.query('rollback', []).catch(() => undefined)
}
