import { DomainError } from '../../../platform/domain-error.ts'
import { isPrintable } from '../../../platform/is-printable.ts'
import { newToken } from '../../../platform/secrets/tokens.ts'
import { allowSession } from '../allow.ts'
import { userIdOf, type Caller } from '../caller.ts'

/** The word in a row by which these keys are told from others. */
export const ownKeyFormat = 'hypersigil'

const secretPrefix = 'api_'
const shownLength = 16

/** Source: hypersigil contract §7.6. */
export function newOwnKeySecret(): string {
  return newToken(secretPrefix)
}

/** What of a secret may be shown for ever. */
export function ownKeyPrefixOf(secret: string): string {
  return secret.slice(0, shownLength)
}

/**
 * Whose keys a caller means by its own: a user's, or (null) those of the owner of an open server. A
 * key is not let at them, so that a stolen one makes no others. Source: hypersigil contract §1.4.
 * @throws DomainError `unauthenticated` or `forbidden`.
 */
export function allowOwnKeys(caller: Caller): string | null {
  allowSession(caller, 'tokens:own')
  return userIdOf(caller)
}

const longestName = 100

/**
 * A name as it is kept.
 * @throws DomainError `invalid`.
 */
export function checkOwnKeyName(name: string): string {
  const kept = name.trim()
  if (kept !== '' && kept.length <= longestName && isPrintable(kept)) return kept
  throw new DomainError('invalid', `A key's name has 1 to ${longestName} printable characters`)
}

export function noSuchKey(): DomainError {
  return new DomainError('not-found', 'There is no such key')
}
