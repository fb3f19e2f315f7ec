import type { Workroom } from '../../platform/threads/workroom.ts'
import type { Upstream } from '../../platform/upstream/upstream.ts'
import type { Uses } from '../identity/index.ts'

/** The services behind the explorer, as the operator set them; without slashes at the end. */
export interface ActivationServices {
  /** Whoever reaches the port may use the explorer. */
  readonly isPublic: boolean
  readonly hfUrl: string | undefined
  readonly saeUrl: string | undefined
}

interface ActivationLog {
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

export interface ActivationPowers {
  readonly upstream: Upstream
  readonly workroom: Pick<Workroom, 'run'>
  readonly log: ActivationLog
  readonly activationServices: ActivationServices
}

export type ActivationContext = Uses<'db' | 'clock' | 'ids' | 'caller'> & ActivationPowers

/** Reading asks no service. */
export type ReadingContext = Uses<'db' | 'caller'> &
  Pick<ActivationPowers, 'log' | 'activationServices'>
