import type { Tx } from '../../../platform/db/database.ts'
import { DomainError } from '../../../platform/domain-error.ts'
import { auditEntry } from '../audit.ts'
import { deleteSession } from '../sessions/session-store.ts'
import { insertAudit } from '../store.ts'
import type { Uses } from '../uses.ts'
import { emailKeyOf, isPossiblePassword } from './account-input.ts'
import type { PasswordVerdict } from './passwords.ts'
import type { User } from './user.ts'
import {
  noteLogin,
  noteWrongPassword,
  passwordByEmail,
  type ProvenPassword,
  type UserWithPassword,
} from './user-store.ts'

/** Source: hypersigil contract §7.4. */
export const lockRule = { mostFailures: 5, lockSeconds: 30 * 60 } as const

/** Told to the audit only: who tries is told one and the same thing. */
export type LoginFailure = 'unknown' | 'not-active' | 'no-password' | 'locked' | 'wrong-password'

export type PasswordOutcome =
  | { readonly isIn: true; readonly user: User }
  | { readonly isIn: false; readonly why: LoginFailure }

/**
 * The user who has this e-mail and password; a session is not begun here. Five wrong passwords lock
 * the account for half an hour; the count starts again only with a login that works, so that after
 * a lock one wrong password locks again. The session that the caller came with ends, since a browser
 * must not go on, or be left, with two logins. Source: hypersigil contract §7.4.
 * @throws DomainError `unauthenticated` with the same words, after the same work, whatever was
 * wrong; `unavailable` when too many log in at once.
 */
export async function logInWithPassword(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller' | 'passwords'>,
  shown: { readonly email: string; readonly password: string },
): Promise<User> {
  const found = await ctx.db.run(passwordByEmail, emailKeyOf(shown.email))
  const { isRight, isWeak } = await provePassword(ctx, found, shown.password)
  // One that is right but was hashed too cheaply is hashed anew while it is known.
  const newHash = isRight && isWeak ? await ctx.passwords.hash(shown.password) : undefined
  // Failures are data in here: what is thrown would undo what was counted.
  const outcome = await ctx.db.write(async (tx) => {
    const settled = await settleProof(ctx, tx, { found, isRight }, (proven) =>
      noteLogin(tx, proven, newHash ?? proven.passwordHash),
    )
    const target = { kind: 'user', id: found?.user.id ?? 'unknown' }
    const entry = settled.isIn
      ? auditEntry(ctx, target, 'login', { by: 'password' })
      : auditEntry(ctx, target, 'login.failed', { by: 'password', why: settled.why })
    await insertAudit(tx, [entry])
    const { caller } = ctx
    if (settled.isIn && caller.kind === 'session') await deleteSession(tx, caller.sessionId)
    return settled
  })
  if (outcome.isIn) return outcome.user
  throw new DomainError('unauthenticated', 'The e-mail or password is wrong')
}

/** Does the same work whether there is such a user, and a password, or not. */
export function provePassword(
  ctx: Uses<'passwords'>,
  found: UserWithPassword | undefined,
  password: string,
): Promise<PasswordVerdict> {
  const mayBeOne = isPossiblePassword(password)
  return ctx.passwords.verify(mayBeOne ? password : '', (mayBeOne && found?.passwordHash) || null)
}

/**
 * Counts what was found out about a password, under the rules as they are now. What a right one was
 * shown for is done by `enter`, which finds nobody where the proof does not count any more.
 */
export async function settleProof(
  ctx: Uses<'clock'>,
  tx: Tx,
  { found, isRight }: { found: UserWithPassword | undefined; isRight: boolean },
  enter: (proven: ProvenPassword) => Promise<User | undefined>,
): Promise<PasswordOutcome> {
  if (found === undefined) return { isIn: false, why: 'unknown' }
  const { user, passwordHash } = found
  const at = ctx.clock.nowSeconds()
  if (user.status !== 'active') return { isIn: false, why: 'not-active' }
  if (passwordHash === null) return { isIn: false, why: 'no-password' }
  if (isRight) {
    const entered = await enter({ userId: user.id, passwordHash, at })
    return entered ? { isIn: true, user: entered } : { isIn: false, why: 'locked' }
  }
  const wasCounted = await noteWrongPassword(tx, user.id, { at, ...lockRule })
  return { isIn: false, why: wasCounted ? 'wrong-password' : 'locked' }
}
