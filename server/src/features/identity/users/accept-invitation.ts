import type { Tx } from '../../../platform/db/database.ts'
import { DomainError } from '../../../platform/domain-error.ts'
import { hashToken } from '../../../platform/secrets/tokens.ts'
import { auditEntry } from '../audit.ts'
import { endSessionsOf } from '../sessions/end-session.ts'
import { insertAudit } from '../store.ts'
import type { Uses } from '../uses.ts'
import { checkNewPassword } from './account-input.ts'
import { findInvitation, takeInvitation } from './invitation-store.ts'
import type { User } from './user.ts'
import { findUser, lockUsers, savePassword, saveUser } from './user-store.ts'

/**
 * Takes up an account, or replaces a password that was reset; the token then opens nothing more.
 * Without a password the account is active but only its issuer's login opens it. Begins no session.
 * Source: hypersigil contract §7.5.
 * @throws DomainError `not-found` for a token that is unknown, over or used; `invalid` for a password
 * that will not do, or for none where one was reset.
 */
export async function acceptInvitation(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller' | 'passwords'>,
  { token, password }: { readonly token: string; readonly password: string | null },
): Promise<User> {
  const chosen = password === null ? null : checkNewPassword(password)
  // Looked up first, so that a guessed token costs no hash.
  const invited = await ctx.db.read((tx) => invitedUser(ctx, tx, token))
  if (chosen === null && invited.status === 'active') {
    throw new DomainError('invalid', 'A new password is needed')
  }
  const passwordHash = chosen === null ? null : await ctx.passwords.hash(chosen)
  const now = ctx.clock.nowSeconds()
  return ctx.db.write(async (tx) => {
    await lockUsers(tx)
    const invitation = await takeInvitation(tx, hashToken(token), now)
    const user = invitation && (await findUser(tx, invitation.userId))
    if (user === undefined || user.status === 'inactive') throw noInvitation()
    const active: User = { ...user, status: 'active', updatedAt: now }
    await saveUser(tx, active)
    await savePassword(tx, user.id, { passwordHash, at: now })
    await endSessionsOf(tx, user.id)
    const changes = {
      ...(user.status !== 'active' && { status: 'active' }),
      ...(passwordHash !== null && { password: '(secret)' }),
      by: 'invitation',
    }
    await insertAudit(tx, [auditEntry(ctx, { kind: 'user', id: user.id }, 'update', changes)])
    return { ...active, hasPassword: passwordHash !== null, lockedUntil: null }
  })
}

async function invitedUser(ctx: Uses<'clock'>, tx: Tx, token: string): Promise<User> {
  const invitation = await findInvitation(tx, hashToken(token), ctx.clock.nowSeconds())
  const user = invitation && (await findUser(tx, invitation.userId))
  // Somebody switched off has no business here, and learns no more than anybody else.
  if (user === undefined || user.status === 'inactive') throw noInvitation()
  return user
}

function noInvitation(): DomainError {
  return new DomainError('not-found', 'The invitation is unknown, over or already used')
}
