import type { Access } from '@pharos/contract/route.ts'
import type { CompletionPowers } from '../../features/completion/index.ts'
import type { Caller, Uses } from '../../features/identity/index.ts'
import type { DemoRuns } from '../../features/playground/index.ts'
import type { SearchIndex } from '../../features/traces/index.ts'
import type { ByteCache } from '../../platform/cache/byte-cache.ts'
import { serving } from '../../platform/http/surface.ts'
import type { Vault } from '../../platform/secrets/vault.ts'
import type { Workroom } from '../../platform/threads/workroom.ts'

/** What Beacon's routes are given beside the caller of each request. */
export interface BeaconPowers extends Uses<'db' | 'clock' | 'ids'>, CompletionPowers {
  readonly workroom: Workroom
  readonly logCache: ByteCache
  readonly vault: Vault
  /** Where the database is, as it may be shown: a path, or an address without its password. */
  readonly databaseName: string
  readonly searchIndex: SearchIndex | undefined
  readonly demoRuns: DemoRuns
  /** The model that makes analyses. */
  readonly analysisModel: string
}

export const serve = serving<Caller, Access>()
