import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/db/database.ts'
import type { Ids } from '../../platform/ids.ts'
import type { Vault } from '../../platform/secrets/vault.ts'
import type { Caller } from './caller.ts'
import type { SessionCheck } from './sessions/session-check.ts'
import type { PasswordRoom } from './users/password-room.ts'

/** All that a verb may be given. A verb's signature picks what it needs with `Uses`. */
export interface Powers {
  readonly db: Database
  readonly clock: Clock
  readonly ids: Ids
  readonly vault: Vault
  /** Signs session tokens. */
  readonly sessionKey: Uint8Array
  /** How long a login with a password lasts; 30 days if not given. */
  readonly passwordLoginSeconds?: number
  /** Hashes passwords, a few at a time. */
  readonly passwords: PasswordRoom
  /** Says of a session that is shown whether it still stands. */
  readonly checkSession: SessionCheck
  readonly caller: Caller
}

export type Uses<K extends keyof Powers> = Pick<Powers, K>
