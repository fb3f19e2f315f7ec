import { totalmem } from 'node:os'
import { LocalEngine } from '../features/engine/index.ts'
import { jobCaller } from '../features/identity/index.ts'
import {
  Downloads,
  ModelLibrary,
  type DownloadPowers,
  type ModelFilePowers,
} from '../features/model-files/index.ts'
import { systemClock } from '../platform/clock.ts'
import { randomIds } from '../platform/ids.ts'
import type { Log } from '../platform/log/create-log.ts'
import { GuardedRoom } from '../platform/threads/guarded.ts'
import { createDownloadedAlias, type ProviderEnvironment } from '../features/models/index.ts'
import type { LiveSettings } from '../features/settings/index.ts'
import type { Config } from './config.ts'
import { hubDirOf, hubOptionsOf, presetsPathOf } from './model-places.ts'
import type { Store } from './store.ts'

const defaultMemoryShare = 0.7

/** What loaded models may take together, in bytes: by default a share of what this process may use. */
export function modelMemoryOf({ modelMemory }: Config): number {
  // Of a container; 0 where nothing bounds it.
  const constrained = process.constrainedMemory()
  const memory = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
  return modelMemory ?? Math.floor(memory * defaultMemoryShare)
}

/** The files of models, what fetches them and what runs them. */
export interface LocalModels extends ModelFilePowers, DownloadPowers {
  readonly engine: LocalEngine
}

export interface LocalModelsOptions {
  readonly config: Config
  readonly store: Store
  readonly settings: LiveSettings
  readonly log: Log
  readonly processId: string
  readonly providers: ProviderEnvironment
}

/** Opens all of it within `opened`. No model is loaded, and nothing fetched before the start. */
export function openLocalModels(
  opened: AsyncDisposableStack,
  { config, store, settings, log, processId, providers }: LocalModelsOptions,
): LocalModels {
  const { db, bus } = store
  const clock = systemClock
  const engine = opened.use(
    new LocalEngine({
      clock,
      log,
      keepAliveSeconds: settings.value('BODHI_KEEP_ALIVE_SECS'),
      memoryBytes: modelMemoryOf(config),
      maxThreads: config.modelThreads ?? null,
      mayUseGpu: settings.value('BODHI_EXEC_VARIANT') === 'auto',
    }),
  )
  followSettings(opened, settings, engine)
  const library = opened.use(new ModelLibrary({ hubDir: hubDirOf(config), db, clock, log }))
  const downloads = opened.use(
    new Downloads({
      db,
      bus,
      clock,
      log,
      processId,
      library,
      hub: hubOptionsOf(config),
      presetsPath: presetsPathOf(config),
      atOnce: config.downloadConcurrency,
      // The alias that it was asked for with.
      onCompleted: async (download, file) => {
        const caller = jobCaller('downloads', ['models:manage'])
        const given = { db, clock, ids: randomIds, providers, library, caller }
        await createDownloadedAlias(given, download, file)
      },
    }),
  )
  const guard = opened.use(new GuardedRoom())
  const isModelFileInUse = (path: string): boolean => engine.isUsing(path)
  return { engine, library, downloads, guard, isModelFileInUse }
}

/** What is changed while models run acts at once. */
function followSettings(
  opened: AsyncDisposableStack,
  settings: LiveSettings,
  engine: LocalEngine,
): void {
  const keepAlive = (seconds: number): void => engine.setKeepAlive(seconds)
  opened.use(settings.watch('BODHI_KEEP_ALIVE_SECS', keepAlive))
  opened.use(
    settings.watch('BODHI_EXEC_VARIANT', (variant) => engine.setGpuUse(variant === 'auto')),
  )
}
