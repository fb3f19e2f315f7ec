import type { Access } from '@pharos/contract/route.ts'
import type { Caller, Uses } from '../../features/identity/index.ts'
import type { SearchIndex } from '../../features/traces/index.ts'
import { serving } from '../../platform/http/surface.ts'
import type { Vault } from '../../platform/secrets/vault.ts'
import type { Workroom } from '../../platform/threads/workroom.ts'

/** What Beacon's routes are given beside the caller of each request. */
export interface BeaconPowers extends Uses<'db' | 'clock' | 'ids'> {
  readonly workroom: Workroom
  readonly vault: Vault
  /** Where the database is, as it may be shown: a path, or an address without its password. */
  readonly databaseName: string
  readonly searchIndex: SearchIndex | undefined
}

export const serve = serving<Caller, Access>()
