import { join } from 'node:path'
import { schemaSteps } from '../../migrations/index.ts'
import { localCaller } from '../features/identity/index.ts'
import { checkMasterKey } from '../features/settings/index.ts'
import { createBus, type Bus } from '../platform/bus/bus.ts'
import { systemClock } from '../platform/clock.ts'
import { lockDataDir, type DataDirLock } from '../platform/data-dir/lock-data-dir.ts'
import { prepareDataDir } from '../platform/data-dir/prepare-data-dir.ts'
import { readOrCreateSecretKey } from '../platform/data-dir/secret-key.ts'
import { DomainError } from '../platform/domain-error.ts'
import type { Database } from '../platform/db/database.ts'
import { openDatabase, type DatabaseLocation } from '../platform/db/open-database.ts'
import type { Log } from '../platform/log/create-log.ts'
import { parseMasterKey } from '../platform/secrets/master-key.ts'
import { createVault, type Vault } from '../platform/secrets/vault.ts'
import type { Config } from './config.ts'

/** The opened data of one process: everything that commands and the server share. */
export interface Store extends AsyncDisposable {
  readonly db: Database
  readonly bus: Bus
  readonly vault: Vault
  /** The steps that this start applied to the schema. */
  readonly applied: readonly string[]
  /** A path, or an address without its password. */
  readonly databaseName: string
  /** Only with SQLite. */
  readonly searchIndexPath: string | undefined
}

export interface StoreOptions {
  readonly config: Config
  readonly log: Log
  readonly onDeath: (error: Error) => void
  /**
   * A command beside a running server: it does without the folder's lock, and without changing
   * the schema, when the server has it.
   */
  readonly maySharePlace?: boolean
}

/**
 * Opens the data folder and the database and brings the schema up to date. Throws DomainError
 * with one clear sentence when the folder, the lock, the database or the key does not serve.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { config, log, onDeath } = options
  await prepareDataDir(config.dataDir)
  const location = locate(config)
  await using opened = new AsyncDisposableStack()
  const lock = location.kind === 'sqlite' ? await takeLock(options) : undefined
  opened.use(lock)
  const bus = createBus((error) => log.error({ err: error }, 'a listener failed'))
  const db = opened.use(
    await openDatabase(location, {
      logger: log,
      publish: (event) => bus.publish(event),
      isHeard: () => bus.isHeard,
      onDeath,
      slowQueryMs: config.slowQueryMs,
    }),
  )
  const isShared = location.kind === 'sqlite' && !lock
  const applied = isShared ? [] : await db.migrate(schemaSteps)
  const vault = createVault(await readMasterKey(config))
  await checkMasterKey({ db, clock: systemClock, vault, caller: localCaller() })
  const closing = opened.move()
  return {
    db,
    bus,
    vault,
    applied,
    databaseName: nameOf(location),
    searchIndexPath: location.kind === 'sqlite' ? join(config.dataDir, 'search.db') : undefined,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

async function readMasterKey({ encryptionKey, dataDir }: Config): Promise<Uint8Array> {
  const given = encryptionKey === undefined ? undefined : parseMasterKey(encryptionKey)
  return given ?? readOrCreateSecretKey(dataDir)
}

async function takeLock(options: StoreOptions): Promise<DataDirLock | undefined> {
  try {
    return await lockDataDir(options.config.dataDir)
  } catch (error) {
    const isHeld = error instanceof DomainError && error.code === 'conflict'
    if (options.maySharePlace === true && isHeld) return undefined
    throw error
  }
}

function locate({ databaseUrl, dataDir }: Config): DatabaseLocation {
  if (databaseUrl !== undefined) return { kind: 'postgres', url: databaseUrl }
  return { kind: 'sqlite', path: join(dataDir, 'pharos.db') }
}

function nameOf(location: DatabaseLocation): string {
  if (location.kind === 'sqlite') return location.path
  const url = URL.parse(location.url)
  if (!url) return 'postgres'
  url.password = ''
  url.search = ''
  return url.href
}
