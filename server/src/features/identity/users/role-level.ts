import { roles, type Role } from '@pharos/contract/vocabulary.ts'
import type { Tx } from '../../../platform/db/database.ts'
import { DomainError } from '../../../platform/domain-error.ts'
import { userIdOf, type Caller } from '../caller.ts'
import { scopesOfRole } from '../role-scopes.ts'
import type { User } from './user.ts'
import { findUser } from './user-store.ts'

/** A place on the ladder of roles; -1 stands below it. */
export type Level = number

export function levelOfRole(role: Role): Level {
  return roles.indexOf(role)
}

/** The highest role of which the caller has every power: a key with a few of them has none. */
export function levelOfCaller({ scopes }: Caller): Level {
  return roles.findLastIndex((role) => scopesOfRole(role).isSubsetOf(scopes))
}

/**
 * How high the caller stands at this moment, whatever it was when the request came in.
 * @throws DomainError `forbidden` where the user behind it has gone or is switched off.
 */
export async function presentLevel(tx: Tx, caller: Caller): Promise<Level> {
  const level = levelOfCaller(caller)
  const userId = userIdOf(caller)
  if (userId === null) return level
  const user = await findUser(tx, userId)
  if (user?.status !== 'active') throw new DomainError('forbidden', 'Your account is not active')
  return Math.min(level, levelOfRole(user.role))
}

/** Users above oneself cannot be touched. Source: rulings §2. */
export function refuseAbove(level: Level, user: User): void {
  if (levelOfRole(user.role) <= level) return
  throw new DomainError('forbidden', 'This user has a higher role than you')
}

/** Nobody gives a role above their own. Source: rulings §2. */
export function refuseToGive(level: Level, role: Role): void {
  if (levelOfRole(role) <= level) return
  throw new DomainError('forbidden', `You cannot give the role ${role}, which is above your own`)
}
