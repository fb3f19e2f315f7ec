/** People and their roles. Source: hypersigil contract §1.3, rulings §2, §5. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { LoginUser, userRoles } from './auth.ts'
import {
  dataOf,
  Email,
  inputRefusals,
  pageFields,
  pageOf,
  Refusal,
  refusals,
  Time,
} from './route-kit.ts'

const UserRole = z.enum(userRoles)
const UserStatus = z.enum(['active', 'inactive', 'pending'])

const PublicUser = z
  .object({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    role: UserRole.meta({ description: 'Power users and managers are shown as `user`' }),
    status: UserStatus,
    profile: z.object({ timezone: z.string().optional() }).optional(),
    invitation: z
      .object({
        token: z.string().optional().meta({
          description: 'Only in the replies that make it; it is kept nowhere',
        }),
        expires_at: Time.optional(),
        invited_by: z.string().optional().meta({ description: 'A user; else `system`' }),
        invited_at: Time.optional(),
      })
      .optional(),
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'PublicUser' })
export type PublicUser = z.infer<typeof PublicUser>

const UserSummary = z
  .object({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    role: UserRole,
    status: UserStatus,
    profile: z.object({}).optional(),
    last_login: Time.optional(),
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'UserSummary' })
export type UserSummary = z.infer<typeof UserSummary>

const UserQuery = z.strictObject({
  ...pageFields,
  role: UserRole.optional(),
  status: UserStatus.optional(),
  search: z.string().optional().meta({ description: 'In name or e-mail' }),
})

const Profile = z.object({ timezone: z.string().optional() })

const Invite = z
  .strictObject({
    email: Email,
    name: z.string().min(1),
    role: UserRole,
    profile: Profile.optional(),
  })
  .meta({ id: 'UserInvite' })

const UserChanges = z
  .strictObject({
    name: z.string().min(1).optional(),
    role: UserRole.optional(),
    status: UserStatus.optional(),
    profile: Profile.optional().meta({ description: 'Takes the place of the whole profile' }),
  })
  .meta({ id: 'UserChanges' })
export type UserChanges = z.infer<typeof UserChanges>

const ProfileChanges = z
  .strictObject({ timezone: z.string().optional() })
  .meta({ id: 'ProfileChanges' })

const PasswordChange = z
  .strictObject({ current: z.string().min(1), next: z.string().min(8) })
  .meta({ id: 'PasswordChange' })

const Invited = z
  .object({ user: PublicUser, invitation_token: z.string() })
  .meta({ id: 'InvitedUser' })
const Done = z.object({ success: z.literal(true), message: z.string() }).meta({ id: 'Done' })
const ById = z.object({ id: z.string() })

export const userRoutes = {
  listUsers: defineRoute({
    method: 'GET',
    path: '/api/v1/users',
    summary: 'List people, the newest first',
    ref: 'hypersigil §1.3',
    access: 'users:manage',
    query: UserQuery,
    reply: { 200: pageOf(UserSummary), ...refusals },
  }),
  getOwnUser: defineRoute({
    method: 'GET',
    path: '/api/v1/users/profile/me',
    summary: 'Tell who asks',
    ref: 'hypersigil §1.3',
    access: 'known',
    reply: { 200: dataOf(LoginUser), ...refusals },
  }),
  changeOwnPassword: defineRoute({
    method: 'POST',
    path: '/api/v1/users/profile/me/password',
    summary: 'Change your own password; your other sessions end',
    ref: 'rulings §5',
    access: 'session',
    body: PasswordChange,
    reply: { 200: dataOf(Done), ...inputRefusals, 503: Refusal },
  }),
  getUser: defineRoute({
    method: 'GET',
    path: '/api/v1/users/{id}',
    summary: 'Read a person: yourself, or others with `users:manage`',
    ref: 'hypersigil §1.3',
    access: 'known',
    params: ById,
    reply: { 200: dataOf(PublicUser), ...refusals, 404: Refusal },
  }),
  inviteUser: defineRoute({
    method: 'POST',
    path: '/api/v1/users/invite',
    summary: 'Add a person, who comes with the token of the reply within a week',
    ref: 'hypersigil §1.3',
    access: 'users:manage',
    body: Invite,
    reply: { 201: dataOf(Invited), ...inputRefusals },
  }),
  updateUser: defineRoute({
    method: 'PUT',
    path: '/api/v1/users/{id}',
    summary: 'Change the name, role, status or profile of a person',
    ref: 'hypersigil §1.3',
    access: 'users:manage',
    params: ById,
    body: UserChanges,
    reply: { 200: dataOf(PublicUser), ...inputRefusals, 404: Refusal },
  }),
  updateUserProfile: defineRoute({
    method: 'PUT',
    path: '/api/v1/users/{id}/profile',
    summary: 'Change the profile of a person: your own, or others with `users:manage`',
    ref: 'hypersigil §1.3',
    access: 'known',
    params: ById,
    body: ProfileChanges,
    reply: { 200: dataOf(PublicUser), ...inputRefusals, 404: Refusal },
  }),
  deleteUser: defineRoute({
    method: 'DELETE',
    path: '/api/v1/users/{id}',
    summary: 'Remove a person; what others need of theirs stays without their name',
    ref: 'hypersigil §1.3',
    access: 'users:manage',
    params: ById,
    reply: { 200: dataOf(Done), ...refusals, 404: Refusal },
  }),
  cleanUpInvitations: defineRoute({
    method: 'POST',
    path: '/api/v1/users/cleanup',
    summary: 'Remove those who were invited and did not come in time',
    ref: 'hypersigil §1.3',
    access: 'users:manage',
    reply: {
      200: dataOf(z.object({ deleted_count: z.int(), message: z.string() })),
      ...refusals,
    },
  }),
  resetUserPassword: defineRoute({
    method: 'POST',
    path: '/api/v1/users/{id}/reset',
    summary: 'Take a password away; a new one is chosen with the token of the reply',
    ref: 'rulings §5',
    access: 'users:manage',
    params: ById,
    reply: { 200: dataOf(Invited), ...inputRefusals, 404: Refusal },
  }),
} as const
