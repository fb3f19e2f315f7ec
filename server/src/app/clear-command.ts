import { rm } from 'node:fs/promises'
import { refuseWhileServed } from '../features/traces/index.ts'
import { clearTables, type Kept } from '../platform/db/clear-tables.ts'
import { createLog } from '../platform/log/create-log.ts'
import { confirm, requireAnswerer } from './ask.ts'
import type { Command, Config } from './config.ts'
import { everySecond, type Speech } from './speech.ts'
import { openStore, type Store } from './store.ts'

/** What lets people in and the server call out is no data that it gathered. */
const keptByDefault: Kept = {
  tables: [
    'users',
    'identities',
    'invitations',
    'sessions',
    'api_keys',
    'key_counters',
    'settings',
    'provider_connections',
    'model_aliases',
    'webhook_destinations',
  ],
  counters: ['api_keys'],
}
const keptNothing: Kept = { tables: [], counters: [] }

/** `clear`: deletes all data and keeps the schema, while no server works on it. */
export async function clear(
  config: Config,
  command: Extract<Command, { name: 'clear' }>,
  { print, printProgress }: Speech,
): Promise<void> {
  const { isSure, withKeys } = command
  const terminal = { input: process.stdin, output: process.stderr }
  requireAnswerer(terminal, { command: 'clear', isSure })
  const log = createLog({ level: config.logLevel })
  const onDeath = (error: Error): void => log.error({ err: error }, 'the database thread died')
  await using store = await openStore({ config, log, onDeath })
  await store.db.write(refuseWhileServed)
  if (!isSure) await confirm(terminal, { says: warningOf(store, withKeys), word: 'clear' })
  await removeSearchIndex(store)
  await clearTables(store.db, withKeys ? keptNothing : keptByDefault, {
    check: refuseWhileServed,
    onProgress: everySecond((table, rows) =>
      printProgress(`Clearing ${table}${rows === 0 ? '' : `: ${rows} rows so far`}\n`),
    ),
  })
  print(`Cleared ${store.databaseName}${withKeys ? '' : '; users, keys and settings are kept'}\n`)
}

function warningOf({ databaseName }: Store, withKeys: boolean): string {
  const kept = withKeys
    ? 'users, API keys, settings and provider connections included'
    : 'except for users, API keys, settings and provider connections'
  return `This deletes everything in ${databaseName}, ${kept}.`
}

/** It numbers spans as the data does, and would take new ones for old ones. */
async function removeSearchIndex({ searchIndexPath: path }: Store): Promise<void> {
  if (path === undefined) return
  for (const suffix of ['', '-wal', '-shm']) await rm(`${path}${suffix}`, { force: true })
}
