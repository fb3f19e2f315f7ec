import type { CompletionPowers } from '../features/completion/index.ts'
import type { Uses } from '../features/identity/index.ts'
import { KeyUsage, KeyWatch } from '../features/identity/index.ts'
import { DemoRuns } from '../features/playground/index.ts'
import { SearchIndex } from '../features/traces/index.ts'
import { systemClock } from '../platform/clock.ts'
import { createMetrics, type Metrics } from '../platform/http/metrics.ts'
import { randomIds } from '../platform/ids.ts'
import type { Log } from '../platform/log/create-log.ts'
import { Workroom } from '../platform/threads/workroom.ts'
import { openUpstream } from '../platform/upstream/open-upstream.ts'
import { LiveFeed } from '../surfaces/beacon/live.ts'
import type { Config } from './config.ts'
import { Presence } from './presence.ts'
import { providerEnvironment } from './provider-environment.ts'
import { openStore, type Store, type StoreOptions } from './store.ts'

/** Everything that lives as long as the server, opened in order and closed in reverse. */
export interface Context
  extends Uses<'db' | 'clock' | 'ids' | 'vault'>, CompletionPowers, AsyncDisposable {
  readonly config: Config
  readonly log: Log
  readonly store: Store
  readonly workroom: Workroom
  readonly searchIndex: SearchIndex | undefined
  readonly keyUsage: KeyUsage
  readonly metrics: Metrics
  readonly liveFeed: LiveFeed
  readonly demoRuns: DemoRuns
  readonly analysisModel: string
}

export interface ContextOptions extends StoreOptions {
  /** Where the server listens, as far as that is known yet. */
  readonly ownUrls: () => readonly string[]
}

/** Throws DomainError when the data cannot be opened; what was open by then is closed again. */
export async function createContext(options: ContextOptions): Promise<Context> {
  const { config, log, onDeath } = options
  await using opened = new AsyncDisposableStack()
  const store = opened.use(await openStore(options))
  const { db, bus, vault, searchIndexPath } = store
  const processId = randomIds.uuid()
  opened.use(await Presence.begin({ db, log, processId }))
  const workroom = opened.use(new Workroom(onDeath))
  const metrics = opened.use(createMetrics())
  const keyUsage = opened.use(
    new KeyUsage({
      db,
      clock: systemClock,
      onError: (error) => log.warn({ err: error }, 'use counts of keys are late'),
    }),
  )
  const searchIndex = searchIndexPath
    ? opened.use(new SearchIndex({ path: searchIndexPath, db, logger: log }))
    : undefined
  const keyWatch = opened.use(
    new KeyWatch({
      db,
      clock: systemClock,
      onError: (error) => log.warn({ err: error }, 'keys of open sockets could not be looked up'),
    }),
  )
  const liveFeed = opened.use(new LiveFeed({ db, log, keyWatch }))
  opened.use(bus.subscribe(liveFeed))
  const upstream = opened.use(openUpstream({ firstByteMs: config.upstreamTimeoutMs }))
  const demoRuns = opened.use(new DemoRuns())
  metrics.watch('pharos_live_sockets', 'Open live sockets', () => liveFeed.socketCount)
  metrics.watch('pharos_write_queue_bytes', 'Bytes that wait to be written', () => db.waitingBytes)
  const closing = opened.move()
  return {
    config,
    log,
    store,
    db,
    vault,
    workroom,
    searchIndex,
    keyUsage,
    metrics,
    liveFeed,
    upstream,
    demoRuns,
    processId,
    providers: providerEnvironment(config, options.ownUrls),
    analysisModel: config.analysisModel,
    clock: systemClock,
    ids: randomIds,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}
