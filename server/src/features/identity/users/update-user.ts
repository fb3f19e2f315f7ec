import type { Role } from '@pharos/contract/vocabulary.ts'
import type { Tx } from '../../../platform/db/database.ts'
import { DomainError } from '../../../platform/domain-error.ts'
import type { JsonObject } from '../../../platform/json.ts'
import { allow } from '../allow.ts'
import { auditEntry } from '../audit.ts'
import { endSessionsOf } from '../sessions/end-session.ts'
import { insertAudit } from '../store.ts'
import type { Uses } from '../uses.ts'
import { checkName, checkProfile } from './account-input.ts'
import { noSuchUser } from './get-user.ts'
import { isActiveAdmin, refuseLastAdmin } from './last-admin.ts'
import { presentLevel, refuseAbove, refuseToGive } from './role-level.ts'
import type { User, UserStatus } from './user.ts'
import { findUser, forgetFailedLogins, lockUsers, saveUser } from './user-store.ts'

/** What is not given stays as it is. */
export interface UserChanges {
  readonly name?: string
  /** Given by a person from now on, even if it is the one that the user has. */
  readonly role?: Role
  readonly status?: UserStatus
  /** Takes the place of the whole profile. */
  readonly profile?: JsonObject
  /** Added to the profile. */
  readonly profileMembers?: JsonObject
}

type Powers = Uses<'db' | 'clock' | 'ids' | 'caller'>

/**
 * Changes a user who stands no higher than the caller. Another role or status ends the user's
 * sessions.
 * @throws DomainError `not-found`; `invalid`; `forbidden` for a user or role above the caller, and
 * for the last active admin's role and status.
 */
export async function updateUser(ctx: Powers, userId: string, changes: UserChanges): Promise<User> {
  allow(ctx.caller, 'users:manage')
  return ctx.db.write(async (tx) => {
    const user = await manageableUser(ctx, tx, userId, changes.role)
    const changed = changedUser(user, changes, ctx.clock.nowSeconds())
    if (!isActiveAdmin(changed)) await refuseLastAdmin(tx, user)
    await saveUser(tx, changed)
    if (changed.role !== user.role || changed.status !== user.status) {
      await endSessionsOf(tx, userId)
    }
    const entry = auditEntry(ctx, { kind: 'user', id: userId }, 'update', told(user, changed))
    await insertAudit(tx, [entry])
    return changed
  })
}

/** Lets somebody in who was switched off or locked out. */
export async function activateUser(ctx: Powers, userId: string): Promise<User> {
  allow(ctx.caller, 'users:manage')
  return ctx.db.write(async (tx) => {
    const user = await manageableUser(ctx, tx, userId)
    const changed = changedUser(user, { status: 'active' }, ctx.clock.nowSeconds())
    await saveUser(tx, changed)
    if (changed.status !== user.status) await endSessionsOf(tx, userId)
    await forgetFailedLogins(tx, userId)
    const changes = { ...told(user, changed), isUnlocked: true }
    await insertAudit(tx, [auditEntry(ctx, { kind: 'user', id: userId }, 'update', changes)])
    return { ...changed, lockedUntil: null }
  })
}

/** Switches somebody off: sessions end, keys open nothing. See `updateUser` for what it throws. */
export async function deactivateUser(ctx: Powers, userId: string): Promise<User> {
  return updateUser(ctx, userId, { status: 'inactive' })
}

/**
 * The user, if the caller may change them and give them that role; nobody else changes any user
 * before the transaction ends.
 */
export async function manageableUser(
  ctx: Uses<'caller'>,
  tx: Tx,
  userId: string,
  role?: Role,
): Promise<User> {
  await lockUsers(tx)
  const level = await presentLevel(tx, ctx.caller)
  const user = await findUser(tx, userId)
  if (user === undefined) throw noSuchUser()
  refuseAbove(level, user)
  if (role !== undefined) refuseToGive(level, role)
  return user
}

function changedUser(user: User, changes: UserChanges, at: number): User {
  const { name, role, status, profile, profileMembers } = changes
  if (status === 'pending' && user.status !== 'pending') {
    throw new DomainError('invalid', 'Only who has not come yet is pending')
  }
  const kept = profile ?? user.profile
  return {
    ...user,
    name: name === undefined ? user.name : checkName(name),
    role: role ?? user.role,
    roleSource: role === undefined ? user.roleSource : 'local',
    status: status ?? user.status,
    profile: checkProfile(profileMembers === undefined ? kept : { ...kept, ...profileMembers }),
    updatedAt: at,
  }
}

const toldMembers = ['name', 'role', 'roleSource', 'status'] as const

/** What differs now; a profile is its owner's and only said to be another. */
function told(before: User, after: User): Readonly<Record<string, unknown>> {
  const changed = toldMembers.filter((member) => before[member] !== after[member])
  const isProfileSame = JSON.stringify(before.profile) === JSON.stringify(after.profile)
  return {
    ...Object.fromEntries(changed.map((member) => [member, after[member]])),
    ...(!isProfileSame && { profile: '(changed)' }),
  }
}
