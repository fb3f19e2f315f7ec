import { localCaller, type Uses } from '../features/identity/index.ts'
import { systemClock } from '../platform/clock.ts'
import { randomIds } from '../platform/ids.ts'
import { createLog } from '../platform/log/create-log.ts'
import type { Config } from './config.ts'
import { openStore } from './store.ts'

/** Says something on the standard output or the standard error. */
export type Print = (text: string) => void

/** Does a command's work on the data, as the person at this machine, also beside a server. */
export async function withStore(
  config: Config,
  work: (ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>) => Promise<void>,
): Promise<void> {
  const log = createLog({ level: config.logLevel })
  const onDeath = (error: Error): void => log.error({ err: error }, 'the database thread died')
  await using store = await openStore({ config, log, onDeath, maySharePlace: true })
  await work({ db: store.db, clock: systemClock, ids: randomIds, caller: localCaller() })
}
