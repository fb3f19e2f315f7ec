import type { Tx } from '../../../platform/db/database.ts'
import { DomainError } from '../../../platform/domain-error.ts'
import { auditEntry } from '../audit.ts'
import { endSessionsOf } from '../sessions/end-session.ts'
import { insertAudit } from '../store.ts'
import type { Uses } from '../uses.ts'
import { checkEmail, checkName, checkNewPassword, emailKeyOf } from './account-input.ts'
import type { User } from './user.ts'
import {
  findUserByEmail,
  insertUser,
  isThereAnActiveAdmin,
  lockUsers,
  saveUser,
} from './user-store.ts'

export interface FirstAdmin {
  readonly email: string
  readonly name: string
  readonly password: string
}

/** Whether somebody can manage this server with a login. */
export async function hasActiveAdmin(ctx: Uses<'db'>): Promise<boolean> {
  return ctx.db.read((tx) => isThereAnActiveAdmin(tx))
}

/**
 * Makes the first admin, of many who ask at once exactly one. Who may come to this door at all is
 * for the caller to ask: `allowFirstAdmin`.
 * @throws DomainError `invalid`, or `conflict` once there is an active admin or where the e-mail is
 * taken.
 */
export async function registerFirstAdmin(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller' | 'passwords'>,
  input: FirstAdmin,
): Promise<User> {
  const email = checkEmail(input.email)
  const name = checkName(input.name)
  const password = checkNewPassword(input.password)
  // Asked first so that nobody can make a running server hash for nothing.
  if (await hasActiveAdmin(ctx)) throw thereIsOne()
  const passwordHash = await ctx.passwords.hash(password)
  const now = ctx.clock.nowSeconds()
  const user = {
    id: ctx.ids.uuid(),
    email,
    emailKey: emailKeyOf(email),
    name,
    role: 'admin',
    roleSource: 'local',
    status: 'active',
    passwordHash,
    profile: {},
    createdAt: now,
    updatedAt: now,
  } as const
  return ctx.db.write(async (tx) => {
    await lockUsers(tx)
    if (await isThereAnActiveAdmin(tx)) throw thereIsOne()
    if (await findUserByEmail(tx, user.emailKey)) {
      throw new DomainError('conflict', 'There is a user with this e-mail already')
    }
    const made = await insertUser(tx, user)
    const changes = { email, name, role: user.role, status: user.status, isFirstAdmin: true }
    await insertAudit(tx, [auditEntry(ctx, { kind: 'user', id: user.id }, 'create', changes)])
    return made
  })
}

/**
 * Makes an active user the first admin, in the transaction of the login that brought them: ask behind
 * `lockUsers` first whether there is an active admin. The issuer of the login cannot take it back.
 * It ends the sessions that the user had: begin the new one after it.
 */
export async function promoteFirstAdmin(
  ctx: Uses<'clock' | 'ids' | 'caller'>,
  tx: Tx,
  user: User,
): Promise<User> {
  const updatedAt = ctx.clock.nowSeconds()
  const admin: User = { ...user, role: 'admin', roleSource: 'local', updatedAt }
  await saveUser(tx, admin)
  await endSessionsOf(tx, user.id)
  const changes = { role: 'admin', isFirstAdmin: true }
  await insertAudit(tx, [auditEntry(ctx, { kind: 'user', id: user.id }, 'update', changes)])
  return admin
}

function thereIsOne(): DomainError {
  return new DomainError('conflict', 'There is an admin already')
}
