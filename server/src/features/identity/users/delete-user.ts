import type { Tx } from '../../../platform/db/database.ts'
import { allow } from '../allow.ts'
import { auditEntry } from '../audit.ts'
import { insertAudit } from '../store.ts'
import type { Uses } from '../uses.ts'
import { emailKeyOf } from './account-input.ts'
import { forgetPerson } from './forget-person-store.ts'
import { invitationOf, usersWithOldInvitations } from './invitation-store.ts'
import { refuseLastAdmin } from './last-admin.ts'
import { levelOfCaller, levelOfRole } from './role-level.ts'
import { manageableUser } from './update-user.ts'
import type { User } from './user.ts'
import { findUser, lockUsers } from './user-store.ts'

type Powers = Uses<'db' | 'clock' | 'ids' | 'caller'>

/**
 * Removes a user with their sessions, logins, conversations and settings, revokes their keys, and
 * takes their name out of what stays. The audit's lines stay, under a word that leads to nobody.
 * @throws DomainError `not-found`; `forbidden` for a user above the caller or the last active admin.
 */
export async function deleteUser(ctx: Powers, userId: string): Promise<void> {
  allow(ctx.caller, 'users:manage')
  await ctx.db.write(async (tx) => {
    const user = await manageableUser(ctx, tx, userId)
    await refuseLastAdmin(tx, user)
    await erase(ctx, tx, user)
  })
}

/**
 * Removes those who were invited and did not come in time, as far as they stand no higher than the
 * caller; gives their number.
 */
export async function dropOldInvitations(ctx: Powers): Promise<number> {
  allow(ctx.caller, 'users:manage')
  const now = ctx.clock.nowSeconds()
  const level = levelOfCaller(ctx.caller)
  const ids = await ctx.db.read((tx) => usersWithOldInvitations(tx, now))
  let dropped = 0
  // A transaction each, so that others may write between them.
  for (const id of ids) {
    const isDropped = await ctx.db.write(async (tx) => {
      await lockUsers(tx)
      const user = await findUser(tx, id)
      const invitation = await invitationOf(tx, id)
      const isOver = user?.status === 'pending' && (invitation?.expiresAt ?? Infinity) <= now
      if (!isOver || levelOfRole(user.role) > level) return false
      await erase(ctx, tx, user)
      return true
    })
    if (isDropped) dropped += 1
  }
  return dropped
}

async function erase(ctx: Powers, tx: Tx, user: User): Promise<void> {
  const { id: userId, email, name, role } = user
  // Written before the rest, so that who deletes their own account is forgotten in it as well.
  await insertAudit(tx, [auditEntry(ctx, { kind: 'user', id: userId }, 'delete', { role })])
  const standIn = `deleted-${ctx.ids.uuid()}`
  const at = ctx.clock.nowSeconds()
  await forgetPerson(tx, { userId, email, emailKey: emailKeyOf(email), name, standIn, at })
}
