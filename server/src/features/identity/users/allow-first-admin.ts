import { DomainError } from '../../../platform/domain-error.ts'
import { isSameSecret } from '../../../platform/secrets/tokens.ts'

export interface FirstAdminDoor {
  /** Whether who asks is at this machine, by peer, `Host` and `Origin` (`isAtThisMachine`). */
  readonly isAtThisMachine: boolean
  /** What came in the header `x-setup-token`. */
  readonly shown: string | null
  /** What the operator set; each of them opens. */
  readonly setupTokens: readonly string[]
}

/** Whether what was shown is one of the setup tokens. */
export function opensSetup(setupTokens: readonly string[], shown: string | null): boolean {
  // Every token is compared, so that the time does not tell which of them came close.
  const fitting = setupTokens.filter((token) => isSameSecret(token, shown ?? ''))
  return fitting.length > 0
}

/**
 * Lets those through who may become the first admin: from this machine everybody, from elsewhere
 * whoever knows a setup token. Source: rulings §3.
 * @throws DomainError `forbidden`.
 */
export function allowFirstAdmin({ isAtThisMachine, shown, setupTokens }: FirstAdminDoor): void {
  if (isAtThisMachine || opensSetup(setupTokens, shown)) return
  throw new DomainError('forbidden', 'From another machine this needs the setup token')
}
