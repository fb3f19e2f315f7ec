import type { Clock } from '../clock.ts'
import type { Database } from '../db/database.ts'
import type { EffectLogger } from '../db/write-effects.ts'
import type { Ids } from '../ids.ts'

export interface JobEngineOptions {
  readonly db: Database
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: EffectLogger
  /** 0 to 1, for waits that differ. */
  readonly random?: () => number
  /** How long a job stays this process's without a word of it; default 15 s. */
  readonly leaseMs?: number
  /** How often it says that word; default 5 s. */
  readonly beatMs?: number
  /** Jobs of a process that died are free at once; default with SQLite, which one process has. */
  readonly isAlone?: boolean
}
