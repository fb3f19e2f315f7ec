import { CallerWatch } from '../features/identity/index.ts'
import { systemClock } from '../platform/clock.ts'
import type { Log } from '../platform/log/create-log.ts'
import { LiveFeed } from '../surfaces/beacon/live.ts'
import { LogStream } from '../surfaces/thunder/stream.ts'
import type { Store } from './store.ts'

/** The sockets to which is told what is stored, and what closes them when their caller may no more. */
export function openLive(
  opened: AsyncDisposableStack,
  { db, bus, vault }: Store,
  log: Log,
): { readonly liveFeed: LiveFeed; readonly logStream: LogStream } {
  const callerWatch = opened.use(
    new CallerWatch({
      db,
      clock: systemClock,
      onError: (error) =>
        log.warn({ err: error }, 'keys and logins of open sockets could not be looked up'),
    }),
  )
  const liveFeed = opened.use(new LiveFeed({ db, log, callerWatch }))
  opened.use(bus.subscribe(liveFeed))
  const logStream = opened.use(new LogStream({ db, vault, log, callerWatch }))
  opened.use(bus.subscribe(logStream))
  return { liveFeed, logStream }
}
