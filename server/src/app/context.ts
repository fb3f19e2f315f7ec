import { totalmem } from 'node:os'
import type { CompletionPowers } from '../features/completion/index.ts'
import type { Uses } from '../features/identity/index.ts'
import type { PlaygroundServices } from '../features/mods/index.ts'
import { ModelDirectory } from '../features/models/index.ts'
import { createPricer } from '../features/pricing/index.ts'
import { installId, type LiveSettings } from '../features/settings/index.ts'
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
import type { LiveFeed } from '../surfaces/beacon/live.ts'
import type { LogStream } from '../surfaces/thunder/stream.ts'
import type { Config, OperatorChoices } from './config.ts'
import { openJobs, type JobPowers } from './open-jobs.ts'
import { openLocalModels, type LocalModels } from './local-models.ts'
import { openExecutions, type ExecutionSettings } from './open-executions.ts'
import { openLive } from './open-live.ts'
import { openOidc, type OidcPowers } from './open-oidc.ts'
import { openSettings } from './open-settings.ts'
import { openLogins, type LoginPowers } from './open-logins.ts'
import { openWebhooks, type WebhookSettings } from './open-webhooks.ts'
import { playgroundServices } from './playground-services.ts'
import { Presence } from './presence.ts'
import { providerEnvironment } from './provider-environment.ts'
import { openStore, type Store, type StoreOptions } from './store.ts'

/** Everything that lives as long as the server, opened in order and closed in reverse. */
export interface Context
  extends
    Uses<'db' | 'clock' | 'ids' | 'vault'>,
    CompletionPowers,
    ExecutionSettings,
    JobPowers,
    LocalModels,
    LoginPowers,
    OidcPowers,
    WebhookSettings,
    AsyncDisposable {
  readonly config: Config
  readonly log: Log
  readonly store: Store
  readonly settings: LiveSettings
  /** What this install is called, at the issuer of logins where there is one. */
  readonly clientId: string
  readonly workroom: Workroom
  readonly logCache: ByteCache
  readonly searchIndex: SearchIndex | undefined
  readonly metrics: Metrics
  readonly liveFeed: LiveFeed
  readonly logStream: LogStream
  readonly demoRuns: DemoRuns
  readonly analysisModel: string
  readonly playground: PlaygroundServices
}

export interface ContextOptions extends StoreOptions {
  readonly operator: OperatorChoices
  /** Where the server listens, as far as that is known yet. */
  readonly ownUrls: () => readonly string[]
}

/** Throws DomainError when the data cannot be opened; what was open by then is closed again. */
export async function createContext(options: ContextOptions): Promise<Context> {
  const { config, log } = options
  await using opened = new AsyncDisposableStack()
  const store = opened.use(await openStore(options))
  const { db, bus, vault, searchIndexPath } = store
  const settings = opened.use(await openSettings(store, options))
  const clientId =
    config.oidcClientId ?? (await installId({ db, clock: systemClock, ids: randomIds }))
  const processId = randomIds.uuid()
  opened.use(await Presence.begin({ db, log, processId }))
  const workroom = opened.use(
    new Workroom((error) => log.error({ err: error }, 'a reader of large bodies ended')),
  )
  const logCache = new ByteCache(
    config.cacheMaxBytes ?? Math.min(2.8e9, Math.floor(totalmem() / 4)),
  )
  const metrics = opened.use(createMetrics())
  const logins = openLogins(opened, { config, store, log })
  const searchIndex = searchIndexPath
    ? opened.use(new SearchIndex({ path: searchIndexPath, db, logger: log }))
    : undefined
  const { liveFeed, logStream } = openLive(opened, store, log)
  const directory = opened.use(
    new ModelDirectory({
      db,
      clock: systemClock,
      serverDefaults: () => settings.modelDefaults(),
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
  const providers = providerEnvironment(config, settings, options.ownUrls)
  const models = openLocalModels(opened, { config, store, settings, log, processId, providers })
  const oidc = openOidc(opened, { config, store })
  const jobs = openJobs(opened, { store, log, metrics })
  const executions = openExecutions(opened, { store, settings })
  const demoRuns = opened.use(new DemoRuns())
  const socketCount = (): number => liveFeed.socketCount + logStream.socketCount
  metrics.watch('pharos_live_sockets', 'Open live sockets', socketCount)
  metrics.watch('pharos_write_queue_bytes', 'Bytes that wait to be written', () => db.waitingBytes)
  const closing = opened.move()
  return {
    config,
    log,
    store,
    settings,
    db,
    vault,
    clientId,
    workroom,
    logCache,
    searchIndex,
    ...logins,
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
    ...oidc,
    ...jobs,
    ...openWebhooks(config, store, providers),
    ...executions,
    analysisModel: config.analysisModel,
    playground: playgroundServices(config),
    clock: systemClock,
    ids: randomIds,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}
