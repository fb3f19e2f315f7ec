import type { Role } from '@pharos/contract/vocabulary.ts'
import { DomainError } from '../../../platform/domain-error.ts'
import type { JsonObject } from '../../../platform/json.ts'
import { allow } from '../allow.ts'
import { auditEntry } from '../audit.ts'
import { insertAudit } from '../store.ts'
import type { Uses } from '../uses.ts'
import { checkEmail, checkName, checkProfile, emailKeyOf } from './account-input.ts'
import type { NewInvitation } from './invitation.ts'
import { invitationSeconds, planInvitation } from './plan-invitation.ts'
import { presentLevel, refuseToGive } from './role-level.ts'
import type { User } from './user.ts'
import { findUserByEmail, insertUser, lockUsers } from './user-store.ts'
import { saveInvitation } from './invitation-store.ts'

export interface InvitedPerson {
  readonly email: string
  readonly name: string
  readonly role: Role
  readonly profile?: JsonObject
}

/**
 * Adds a user who is pending until they come with the invitation's token, which lasts a week and is
 * told here only. Source: hypersigil contract §7.5.
 * @throws DomainError `invalid`; `conflict` where the e-mail is taken; `forbidden` for a role above
 * the caller's own.
 */
export async function inviteUser(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  input: InvitedPerson,
): Promise<NewInvitation & { readonly user: User }> {
  allow(ctx.caller, 'users:manage')
  const email = checkEmail(input.email)
  const now = ctx.clock.nowSeconds()
  const user = {
    id: ctx.ids.uuid(),
    email,
    emailKey: emailKeyOf(email),
    name: checkName(input.name),
    role: input.role,
    roleSource: 'local',
    status: 'pending',
    passwordHash: null,
    profile: checkProfile(input.profile ?? {}),
    createdAt: now,
    updatedAt: now,
  } as const
  const { token, tokenHash, invitation } = planInvitation(ctx, user.id, invitationSeconds)
  return ctx.db.write(async (tx) => {
    await lockUsers(tx)
    refuseToGive(await presentLevel(tx, ctx.caller), user.role)
    if (await findUserByEmail(tx, user.emailKey)) {
      throw new DomainError('conflict', 'There is a user with this e-mail already')
    }
    const made = await insertUser(tx, user)
    await saveInvitation(tx, invitation, tokenHash)
    const changes = { email, name: user.name, role: user.role, status: user.status }
    await insertAudit(tx, [auditEntry(ctx, { kind: 'user', id: user.id }, 'create', changes)])
    return { user: made, token, invitation }
  })
}
