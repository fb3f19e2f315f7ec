import { DomainError } from '../../../platform/domain-error.ts'
import { isSameSecret } from '../../../platform/secrets/tokens.ts'

export interface FirstAdminDoor {
  /** Whether who asks sits at this machine, by the peer alone and never by a header. */
  readonly isLoopback: boolean
  /** What came in the header `x-setup-token`. */
  readonly shown: string | null
  /** What the operator set; each of them opens. */
  readonly setupTokens: readonly string[]
}

/**
 * Lets those through who may become the first admin: from this machine everybody, from elsewhere
 * whoever knows a setup token. Source: rulings §3.
 * @throws DomainError `forbidden`.
 */
export function allowFirstAdmin({ isLoopback, shown, setupTokens }: FirstAdminDoor): void {
  // Every token is compared, so that the time does not tell which of them came close.
  const fitting = setupTokens.filter((token) => isSameSecret(token, shown ?? ''))
  if (isLoopback || fitting.length > 0) return
  throw new DomainError('forbidden', 'From another machine this needs the setup token')
}
