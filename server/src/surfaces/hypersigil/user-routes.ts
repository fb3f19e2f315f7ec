import type { LoginUser } from '@pharos/contract/hypersigil/auth.ts'
import { hypersigilRoutes } from '@pharos/contract/hypersigil/routes.ts'
import type { UserChanges as WireChanges } from '@pharos/contract/hypersigil/users.ts'
import {
  changeOwnPassword,
  deleteUser,
  dropOldInvitations,
  getUser,
  inviteUser,
  listUsers,
  mayUse,
  resetPassword,
  updateOwnProfile,
  updateUser,
  userIdOf,
  type Caller,
  type UserChanges,
  type Uses,
} from '../../features/identity/index.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import { conflictIsInvalid, serve } from './door.ts'
import { askedPage, created, found, neverStored, toPage } from './envelopes.ts'
import { rolesShownAs, shownRole, toLoginUser, toPublicUser, toSummary } from './wire-users.ts'

export interface UserPowers extends Uses<'db' | 'clock' | 'ids' | 'passwords'> {}

/** People and their roles. Source: hypersigil contract §1.3, rulings §2, §5. */
export function userRoutes(powers: UserPowers) {
  return [...ownRoutes(powers), ...readingRoutes(powers), ...managingRoutes(powers)]
}

function ownRoutes(powers: UserPowers) {
  return [
    serve(hypersigilRoutes.getOwnUser, async ({ caller }) =>
      found(await describeSelf({ ...powers, caller })),
    ),
    serve(hypersigilRoutes.changeOwnPassword, async ({ body, caller }) => {
      await changeOwnPassword({ ...powers, caller }, body)
      return found({ success: true as const, message: 'The password is changed' })
    }),
    serve(hypersigilRoutes.updateUserProfile, async ({ params, body, caller }) => {
      const ctx = { ...powers, caller }
      const profile = withoutUndefined(body)
      if (caller.kind === 'session' && caller.userId === params.id) {
        await updateOwnProfile(ctx, { profile })
      } else {
        await updateUser(ctx, params.id, { profileMembers: profile })
      }
      return found(toPublicUser(await getUser(ctx, params.id)))
    }),
  ]
}

function readingRoutes(powers: UserPowers) {
  return [
    serve(hypersigilRoutes.listUsers, async ({ query, caller }) => {
      const asked = askedPage(query)
      const { users, total } = await listUsers(
        { ...powers, caller },
        {
          ...(query.role !== undefined && { roles: rolesShownAs(query.role) }),
          ...withoutUndefined({ status: query.status, search: query.search }),
          limit: asked.limit,
          offset: asked.offset,
        },
      )
      return found(toPage(users.map(toSummary), { ...asked, total }))
    }),
    serve(hypersigilRoutes.getUser, async ({ params, caller }) =>
      found(toPublicUser(await getUser({ ...powers, caller }, params.id))),
    ),
  ]
}

function managingRoutes(powers: UserPowers) {
  return [
    serve(hypersigilRoutes.inviteUser, async ({ body, caller }) => {
      const { profile, ...person } = body
      const invited = await conflictIsInvalid(
        inviteUser(
          { ...powers, caller },
          { ...person, ...(profile !== undefined && { profile: withoutUndefined(profile) }) },
        ),
      )
      const { token } = invited
      return created({ user: toPublicUser(invited, token), invitation_token: token })
    }),
    serve(hypersigilRoutes.updateUser, async ({ params, body, caller }) => {
      const ctx = { ...powers, caller }
      await updateUser(ctx, params.id, await toChanges(ctx, params.id, body))
      return found(toPublicUser(await getUser(ctx, params.id)))
    }),
    serve(hypersigilRoutes.deleteUser, async ({ params, caller }) => {
      await deleteUser({ ...powers, caller }, params.id)
      return found({ success: true as const, message: 'The user is deleted' })
    }),
    serve(hypersigilRoutes.cleanUpInvitations, async ({ caller }) => {
      const count = await dropOldInvitations({ ...powers, caller })
      const message = `Users whose invitation was over and who are deleted: ${count}`
      return found({ deleted_count: count, message })
    }),
    serve(hypersigilRoutes.resetUserPassword, async ({ params, caller }) => {
      const reset = await resetPassword({ ...powers, caller }, params.id)
      const { token } = reset
      const data = { user: toPublicUser(reset, token), invitation_token: token }
      return { ...found(data), headers: neverStored }
    }),
  ]
}

/** A role is changed only if the word is not the one that is shown. Source: rulings §2. */
async function toChanges(
  ctx: Uses<'db' | 'caller'>,
  userId: string,
  { name, role, status, profile }: WireChanges,
): Promise<UserChanges> {
  const shown = role && shownRole((await getUser(ctx, userId)).user.role)
  return {
    ...withoutUndefined({ name, status }),
    ...(role !== undefined && role !== shown && { role }),
    ...(profile !== undefined && { profile: withoutUndefined(profile) }),
  }
}

/** Who asks; a key stands for its owner. The owner of an open server and bare keys have no account. */
async function describeSelf(ctx: Uses<'db' | 'caller'>): Promise<LoginUser> {
  const { caller } = ctx
  const userId = userIdOf(caller)
  if (userId !== null) return toLoginUser((await getUser(ctx, userId)).user)
  const name = caller.kind === 'apiKey' ? (caller.name ?? 'API key') : 'Local owner'
  return { email: '', name, role: roleOfPowers(caller) }
}

function roleOfPowers(caller: Caller): LoginUser['role'] {
  if (mayUse(caller, 'settings:manage')) return 'admin'
  return mayUse(caller, 'prompts:write') || mayUse(caller, 'executions:run') ? 'user' : 'viewer'
}
