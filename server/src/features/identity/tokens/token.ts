import type { Role } from '@pharos/contract/vocabulary.ts'
import { DomainError } from '../../../platform/domain-error.ts'
import { isPrintable } from '../../../platform/is-printable.ts'
import { allowSession } from '../allow.ts'
import type { ApiKey } from '../api-key.ts'
import { userIdOf, type Caller } from '../caller.ts'
import type { TokenLevel } from './token-level.ts'

/** The word in a row by which these tokens are told from other keys. */
export const tokenFormat = 'bodhi'

/** A person's own API token as it is known after its making. */
export interface Token extends ApiKey {
  readonly level: TokenLevel
}

/** Whose tokens a caller means by its own: a user's, or those of the owner of an open server. */
export interface TokenOwner {
  readonly userId: string | null
  readonly role: Role
}

const leastRole: ReadonlySet<Role> = new Set(['power_user', 'manager', 'admin'])

/**
 * Lets a person at their own tokens; a token is not let at them. Source: bodhi contract §1.12, §3.8.
 * @throws DomainError `unauthenticated` or `forbidden`.
 */
export function allowTokens(caller: Caller): TokenOwner {
  allowSession(caller, 'tokens:own')
  const role = caller.kind === 'session' ? caller.role : 'admin'
  if (!leastRole.has(role)) {
    throw new DomainError('forbidden', 'API tokens need the role of a power user')
  }
  return { userId: userIdOf(caller), role }
}

const longestName = 100

/**
 * A name as it is kept.
 * @throws DomainError `invalid`.
 */
export function toTokenName(name: string, shortest: 0 | 3): string {
  const kept = name.trim()
  const length = Array.from(kept).length
  if (length >= shortest && length <= longestName && isPrintable(kept)) return kept
  throw new DomainError(
    'invalid',
    `A token's name has ${shortest} to ${longestName} printable characters`,
    { details: { param: 'name' } },
  )
}

export function noSuchToken(): DomainError {
  const details = { code: 'entity_error-not_found', entity: 'token' }
  return new DomainError('not-found', 'Token not found', { details })
}
