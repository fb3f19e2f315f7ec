import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LocalEngine } from '../../src/features/engine/index.ts'
import { localCaller, type Caller } from '../../src/features/identity/index.ts'
import {
  ModelDirectory,
  type ModelWriteContext,
  type ProviderEnvironment,
} from '../../src/features/models/index.ts'
import { ModelLibrary } from '../../src/features/model-files/index.ts'
import { randomIds } from '../../src/platform/ids.ts'
import { createLog } from '../../src/platform/log/create-log.ts'
import { createVault } from '../../src/platform/secrets/vault.ts'
import { openUpstream } from '../../src/platform/upstream/open-upstream.ts'
import { standingClock, type StandingClock } from './context.ts'
import type { TestDatabase } from './database.ts'

/** Verbs of models over a suite's database, with a pool towards providers of its own. */
export interface ModelStand extends AsyncDisposable {
  readonly ctx: ModelWriteContext
  readonly clock: StandingClock
  /** Where model files are looked for; no file is there until a test puts one there. */
  readonly hubDir: string
  /** What the directory complained of. */
  readonly faults: unknown[]
  /** The same for somebody else, or in another environment. */
  as(caller: Caller, environment?: Partial<ProviderEnvironment>): ModelWriteContext
}

export interface ModelStandOptions {
  readonly environment?: Partial<ProviderEnvironment>
  readonly waitMs?: number
}

const nowhere = 'http://127.0.0.1:9'

/**
 * The directory hears nothing by itself: hand it what the database tells; and so must the library be
 * told to forget. The engine is a real one that has no model yet.
 */
export function openModelStand(
  { db }: Pick<TestDatabase, 'db'>,
  { environment = {}, waitMs = 2_000 }: ModelStandOptions = {},
): ModelStand {
  const clock = standingClock()
  const faults: unknown[] = []
  const upstream = openUpstream()
  const directory = new ModelDirectory({
    db,
    clock,
    limits: { waitMs },
    onError: (error) => faults.push(error),
  })
  const providers: ProviderEnvironment = {
    apiKeys: {},
    // No test may meet an Ollama that runs on the machine.
    baseUrls: { ollama: nowhere },
    ownUrls: () => ['http://127.0.0.1:7474'],
    guardsBaseUrls: false,
    ...environment,
  }
  const vault = createVault(Buffer.alloc(32, 1))
  const hubDir = join(tmpdir(), `pharos-hub-${randomUUID()}`)
  const log = createLog({ level: 'silent' })
  const library = new ModelLibrary({ hubDir, db, clock, log })
  const engine = new LocalEngine({ clock, log, keepAliveSeconds: 300, memoryBytes: 2 ** 30 })
  const powers = { db, clock, ids: randomIds, vault, upstream, directory, library, engine }
  const as = (caller: Caller, changed: Partial<ProviderEnvironment> = {}): ModelWriteContext => ({
    ...powers,
    caller,
    providers: { ...providers, ...changed },
  })
  return {
    ctx: as(localCaller()),
    clock,
    hubDir,
    faults,
    as,
    async [Symbol.asyncDispose]() {
      await engine[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
      await directory[Symbol.asyncDispose]()
      await library[Symbol.asyncDispose]()
      await rm(hubDir, { recursive: true, force: true })
    },
  }
}
