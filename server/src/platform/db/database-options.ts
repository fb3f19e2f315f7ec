import type { BusEvent } from '../bus/event.ts'
import type { GroupQueueLimits } from './group-queue.ts'
import type { EffectLogger } from './write-effects.ts'

export interface DatabaseOptions {
  readonly logger: EffectLogger
  /** Hears every event of this process after its commit, and on PostgreSQL those of others. */
  readonly publish: (event: BusEvent) => void
  /** Whether anybody listens at the moment. */
  readonly isHeard: () => boolean
  /** A database thread died: nothing can be stored any more, so the server must stop. */
  readonly onDeath: (error: Error) => void
  readonly slowQueryMs: number
  readonly groupLimits: GroupQueueLimits
}
