import { DomainError } from '../../../platform/domain-error.ts'
import { allow } from '../allow.ts'
import { userIdOf } from '../caller.ts'
import type { Uses } from '../uses.ts'
import { emailKeyOf } from './account-input.ts'
import type { Invitation } from './invitation.ts'
import { invitationOf } from './invitation-store.ts'
import type { User } from './user.ts'
import { findUser, findUserByEmail } from './user-store.ts'

export interface UserDetail {
  readonly user: User
  /** Told of a user who has not come yet; its token is kept nowhere. */
  readonly invitation: Invitation | null
}

/** One user; everybody may look at themselves. Throws `not-found`. */
export async function getUser(ctx: Uses<'db' | 'caller'>, userId: string): Promise<UserDetail> {
  if (userIdOf(ctx.caller) !== userId) allow(ctx.caller, 'users:manage')
  return ctx.db.read(async (tx) => {
    const user = await findUser(tx, userId)
    if (user === undefined) throw noSuchUser()
    const isPending = user.status === 'pending'
    return { user, invitation: (isPending && (await invitationOf(tx, userId))) || null }
  })
}

/** The user of an e-mail, whatever its case. Throws `not-found`. */
export async function getUserByEmail(ctx: Uses<'db' | 'caller'>, email: string): Promise<User> {
  allow(ctx.caller, 'users:manage')
  const user = await ctx.db.read((tx) => findUserByEmail(tx, emailKeyOf(email)))
  if (user === undefined) throw new DomainError('not-found', `No user "${email}"`)
  return user
}

export function noSuchUser(): DomainError {
  return new DomainError('not-found', 'There is no such user')
}
