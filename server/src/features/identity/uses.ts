import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/db/database.ts'
import type { Ids } from '../../platform/ids.ts'
import type { Vault } from '../../platform/secrets/vault.ts'
import type { Caller } from './caller.ts'

/** All that a verb may be given. A verb's signature picks what it needs with `Uses`. */
export interface Powers {
  readonly db: Database
  readonly clock: Clock
  readonly ids: Ids
  readonly vault: Vault
  readonly caller: Caller
}

export type Uses<K extends keyof Powers> = Pick<Powers, K>
