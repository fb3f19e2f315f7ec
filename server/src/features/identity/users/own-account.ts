import { DomainError } from '../../../platform/domain-error.ts'
import type { JsonObject } from '../../../platform/json.ts'
import { auditEntry } from '../audit.ts'
import type { Caller } from '../caller.ts'
import { endSessionsOf } from '../sessions/end-session.ts'
import { insertAudit } from '../store.ts'
import type { Uses } from '../uses.ts'
import { checkName, checkNewPassword, checkProfile } from './account-input.ts'
import { noSuchUser } from './get-user.ts'
import { provePassword, settleProof } from './log-in.ts'
import type { User } from './user.ts'
import { findUser, lockUsers, passwordById, replacePassword, saveUser } from './user-store.ts'

/** Only a person who is logged in has an account of their own to change: no key has. */
function ownSession(caller: Caller): Extract<Caller, { kind: 'session' }> {
  if (caller.kind === 'session') return caller
  if (caller.kind === 'anonymous') throw new DomainError('unauthenticated', 'This needs a login')
  throw new DomainError('forbidden', 'This needs a login of your own')
}

/** Changes the caller's own name, and members of their profile; others stay. */
export async function updateOwnProfile(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  changes: { readonly name?: string; readonly profile?: JsonObject },
): Promise<User> {
  const { userId } = ownSession(ctx.caller)
  return ctx.db.write(async (tx) => {
    await lockUsers(tx)
    const user = await findUser(tx, userId)
    if (user === undefined) throw noSuchUser()
    const name = changes.name === undefined ? user.name : checkName(changes.name)
    const profile = checkProfile({ ...user.profile, ...changes.profile })
    const changed: User = { ...user, name, profile, updatedAt: ctx.clock.nowSeconds() }
    await saveUser(tx, changed)
    const told = {
      ...(name !== user.name && { name }),
      ...(changes.profile !== undefined && { profile: '(changed)' }),
    }
    await insertAudit(tx, [auditEntry(ctx, { kind: 'user', id: userId }, 'update', told)])
    return changed
  })
}

/**
 * Replaces the caller's password and ends all of their sessions but the one that asks. A wrong
 * present password counts as a failed login does, so that a stolen session cannot try them out.
 * @throws DomainError `forbidden` for a wrong present password, a locked account or one without a
 * password; `invalid` for a new one that will not do.
 */
export async function changeOwnPassword(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller' | 'passwords'>,
  { current, next }: { readonly current: string; readonly next: string },
): Promise<void> {
  const { userId, sessionId } = ownSession(ctx.caller)
  const chosen = checkNewPassword(next)
  const found = await ctx.db.run(passwordById, userId)
  const { isRight } = await provePassword(ctx, found, current)
  const newHash = isRight ? await ctx.passwords.hash(chosen) : ''
  const target = { kind: 'user', id: userId }
  const isChanged = await ctx.db.write(async (tx) => {
    await lockUsers(tx)
    const outcome = await settleProof(ctx, tx, { found, isRight }, (proven) =>
      replacePassword(tx, proven, newHash),
    )
    if (!outcome.isIn) {
      const changes = { by: 'password', why: outcome.why }
      await insertAudit(tx, [auditEntry(ctx, target, 'login.failed', changes)])
      return false
    }
    await endSessionsOf(tx, userId, { exceptId: sessionId })
    await insertAudit(tx, [auditEntry(ctx, target, 'update', { password: '(secret)' })])
    return true
  })
  if (!isChanged) throw new DomainError('forbidden', 'The present password is wrong')
}
