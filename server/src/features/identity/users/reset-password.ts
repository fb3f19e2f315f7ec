import { allow } from '../allow.ts'
import { auditEntry } from '../audit.ts'
import { endSessionsOf } from '../sessions/end-session.ts'
import { insertAudit } from '../store.ts'
import type { Uses } from '../uses.ts'
import type { NewInvitation } from './invitation.ts'
import { saveInvitation } from './invitation-store.ts'
import { invitationSeconds, planInvitation, resetSeconds } from './plan-invitation.ts'
import { manageableUser } from './update-user.ts'
import type { User } from './user.ts'
import { savePassword } from './user-store.ts'

/**
 * Takes a user's password and sessions and gives a token with which they choose a new one
 * (`acceptInvitation`) within a day. For who has not come yet it is a new invitation, for a week;
 * the old one then opens nothing.
 * @throws DomainError `not-found`; `forbidden` for a user above the caller.
 */
export async function resetPassword(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  userId: string,
): Promise<NewInvitation & { readonly user: User }> {
  allow(ctx.caller, 'users:manage')
  const at = ctx.clock.nowSeconds()
  return ctx.db.write(async (tx) => {
    const user = await manageableUser(ctx, tx, userId)
    const lastsSeconds = user.status === 'pending' ? invitationSeconds : resetSeconds
    const { token, tokenHash, invitation } = planInvitation(ctx, userId, lastsSeconds)
    await savePassword(tx, userId, { passwordHash: null, at })
    await saveInvitation(tx, invitation, tokenHash)
    await endSessionsOf(tx, userId)
    const changes = { password: '(secret)' }
    await insertAudit(tx, [auditEntry(ctx, { kind: 'user', id: userId }, 'reset', changes)])
    const changed = { ...user, hasPassword: false, lockedUntil: null, updatedAt: at }
    return { user: changed, token, invitation }
  })
}
