import { totalmem } from 'node:os'
import type { CompletionPowers } from '../features/completion/index.ts'
import { KeyUsage, KeyWatch, type Uses } from '../features/identity/index.ts'
import type { PlaygroundServices } from '../features/mods/index.ts'
import { ModelDirectory } from '../features/models/index.ts'
import { createPricer } from '../features/pricing/index.ts'
import { DemoRuns } from '../features/playground/index.ts'
import { SearchIndex } from '../features/traces/index.ts'
import { ByteCache } from '../platform/cache/byte-cache.ts'
import { systemClock } from '../platform/clock.ts'
import { createMetrics, type Metrics } from '../platform/http/metrics.ts'
import { networkTest } from '../platform/http/networks.ts'
import { randomIds } from '../platform/ids.ts'
import type { Log } from '../platform/log/create-log.ts'
import { Workroom } from '../platform/threads/workroom.ts'
import { openUpstream } from '../platform/upstream/open-upstream.ts'
import { LiveFeed } from '../surfaces/beacon/live.ts'
import { LogStream } from '../surfaces/thunder/stream.ts'
import type { Config } from './config.ts'
import { openLocalModels, type LocalModels } from './local-models.ts'
import { playgroundServices } from './playground-services.ts'
import { Presence } from './presence.ts'
import { providerEnvironment } from './provider-environment.ts'
import { openStore, type Store, type StoreOptions } from './store.ts'

/** Everything that lives as long as the server, opened in order and closed in reverse. */
export interface Context
  extends Uses<'db' | 'clock' | 'ids' | 'vault'>, CompletionPowers, LocalModels, AsyncDisposable {
  readonly config: Config
  readonly log: Log
  readonly store: Store
  readonly workroom: Workroom
  readonly logCache: ByteCache
  readonly searchIndex: SearchIndex | undefined
  readonly keyUsage: KeyUsage
  readonly metrics: Metrics
  readonly liveFeed: LiveFeed
  readonly logStream: LogStream
  readonly demoRuns: DemoRuns
  readonly analysisModel: string
  readonly playground: PlaygroundServices
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
  const logCache = new ByteCache(
    config.cacheMaxBytes ?? Math.min(2.8e9, Math.floor(totalmem() / 4)),
  )
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
  const { liveFeed, logStream } = openLive(opened, store, log)
  const directory = opened.use(
    new ModelDirectory({
      db,
      clock: systemClock,
      onError: (error) => log.warn({ err: error }, 'the models of a provider could not be listed'),
    }),
  )
  opened.use(bus.subscribe(directory))
  const upstream = opened.use(
    openUpstream({
      firstByteMs: config.upstreamTimeoutMs,
      isAllowedInside: networkTest(config.allowPrivateAddresses),
    }),
  )
  const providers = providerEnvironment(config, options.ownUrls)
  const models = openLocalModels(opened, { config, store, log, processId, providers })
  const demoRuns = opened.use(new DemoRuns())
  const socketCount = (): number => liveFeed.socketCount + logStream.socketCount
  metrics.watch('pharos_live_sockets', 'Open live sockets', socketCount)
  metrics.watch('pharos_write_queue_bytes', 'Bytes that wait to be written', () => db.waitingBytes)
  const closing = opened.move()
  return {
    config,
    log,
    store,
    db,
    vault,
    workroom,
    logCache,
    searchIndex,
    keyUsage,
    metrics,
    liveFeed,
    logStream,
    upstream,
    directory,
    demoRuns,
    processId,
    price: createPricer(),
    providers,
    ...models,
    analysisModel: config.analysisModel,
    playground: playgroundServices(config),
    clock: systemClock,
    ids: randomIds,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

function openLive(
  opened: AsyncDisposableStack,
  { db, bus, vault }: Store,
  log: Log,
): Pick<Context, 'liveFeed' | 'logStream'> {
  const keyWatch = opened.use(
    new KeyWatch({
      db,
      clock: systemClock,
      onError: (error) => log.warn({ err: error }, 'keys of open sockets could not be looked up'),
    }),
  )
  const liveFeed = opened.use(new LiveFeed({ db, log, keyWatch }))
  opened.use(bus.subscribe(liveFeed))
  const logStream = opened.use(new LogStream({ db, vault, log, keyWatch }))
  opened.use(bus.subscribe(logStream))
  return { liveFeed, logStream }
}
