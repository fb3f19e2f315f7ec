import { userRoles, type LoginUser, type UserRole } from '@pharos/contract/hypersigil/auth.ts'
import type { PublicUser, UserSummary } from '@pharos/contract/hypersigil/users.ts'
import { roles, type Role } from '@pharos/contract/vocabulary.ts'
import type { Invitation, User, UserDetail } from '../../features/identity/index.ts'
import { toTime } from '../../platform/iso-time.ts'

/** Power users and managers are users here. Source: rulings §2. */
export function shownRole(role: Role): UserRole {
  return userRoles.find((word) => word === role) ?? 'user'
}

/** The roles that are shown as this one. */
export function rolesShownAs(word: UserRole): readonly Role[] {
  return roles.filter((role) => shownRole(role) === word)
}

export function toLoginUser({
  email,
  name,
  role,
}: Pick<User, 'email' | 'name' | 'role'>): LoginUser {
  return { email, name, role: shownRole(role) }
}

/** `token` is told only where it was made just now. */
export function toPublicUser({ user, invitation }: UserDetail, token?: string): PublicUser {
  const { timezone } = user.profile
  return {
    ...toFacts(user),
    ...(hasProfile(user) && { profile: typeof timezone === 'string' ? { timezone } : {} }),
    ...(invitation && { invitation: { ...(token && { token }), ...toInvitation(invitation) } }),
    created_at: toTime(user.createdAt),
    updated_at: toTime(user.updatedAt),
  }
}

export function toSummary(user: User): UserSummary {
  return {
    ...toFacts(user),
    ...(hasProfile(user) && { profile: {} }),
    ...(user.lastLoginAt !== null && { last_login: toTime(user.lastLoginAt) }),
    created_at: toTime(user.createdAt),
    updated_at: toTime(user.updatedAt),
  }
}

function toFacts({ id, email, name, role, status }: User) {
  return { id, email, name, role: shownRole(role), status }
}

function hasProfile({ profile }: User): boolean {
  return Object.keys(profile).length > 0
}

function toInvitation({ expiresAt, invitedBy, createdAt }: Invitation) {
  return {
    expires_at: toTime(expiresAt),
    invited_by: invitedBy ?? 'system',
    invited_at: toTime(createdAt),
  }
}
