/** What the server is, its setup, and who asks. Source: bodhi contract §1.2 to §1.6. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { BodhiError, bodyRefusals, refusals, unchanged } from './errors.ts'
import { tokenScopes } from './tokens.ts'

export const Pong = z.object({ message: z.literal('pong') }).meta({ id: 'Pong' })

export const appStatuses = ['setup', 'resource-admin', 'ready'] as const
const AppStatus = z.enum(appStatuses).meta({
  description:
    '`setup`: nobody has decided who may enter; `resource-admin`: the first login makes the admin',
})

export const AppInfo = z
  .object({
    version: z.string(),
    status: AppStatus,
    authz: z.boolean().meta({ description: 'False where it was decided to ask for no login' }),
    deployment: z.literal('standalone'),
    client_id: z.string().optional().meta({ description: 'At the issuer of logins, if any' }),
    url: z.string().meta({ description: 'Where the server is found' }),
  })
  .meta({ id: 'AppInfo' })
export type AppInfo = z.infer<typeof AppInfo>

const SetupRequest = z
  .object({
    authz: z
      .boolean()
      .optional()
      .meta({ description: 'Whether a login is asked for; default true' }),
    name: z
      .string()
      .nullish()
      .meta({ description: '10 to 100 characters; checked and not kept: nothing is registered' }),
    description: z.string().nullish().meta({ description: 'At most 500 characters; not kept' }),
  })
  .meta({ id: 'SetupRequest' })

const SetupReply = z.object({ status: AppStatus }).meta({ id: 'SetupReply' })

export const userRoles = [
  'resource_admin',
  'resource_manager',
  'resource_power_user',
  'resource_user',
] as const
export type UserRole = (typeof userRoles)[number]

const ReachedThings = z.object({
  type: z.enum(['all', 'specific']),
  list: z.boolean().meta({ description: 'Whether it may see which there are' }),
  ids: z.array(z.string()).optional(),
})

export const UserInfo = z
  .object({
    logged_in: z.boolean(),
    email: z.string().nullable(),
    roles: z.array(z.enum(userRoles)).meta({ description: 'The role and all below it' }),
    auth_status: z.enum(['logged_out', 'logged_in', 'api_token']),
    user_id: z.string().nullable(),
    username: z.string().nullable(),
    first_name: z.string().nullable(),
    last_name: z.string().nullable(),
    role: z
      .enum([...userRoles, ...tokenScopes])
      .nullable()
      .meta({ description: 'The highest role of a person, the scope of a token' }),
    access: z
      .object({ models: ReachedThings, mcps: ReachedThings })
      .optional()
      .meta({ description: 'What a token reaches' }),
  })
  .meta({ id: 'UserInfo' })
export type UserInfo = z.infer<typeof UserInfo>

const LogoutReply = z
  .object({
    location: z.string(),
    issuer_location: z.string().optional().meta({
      description: 'Where a browser ends its login at the issuer as well; beyond the contract',
    }),
  })
  .meta({ id: 'LogoutReply' })

export const groundRoutes = {
  pingServer: defineRoute({
    method: 'GET',
    path: '/ping',
    summary: 'Tell that the server answers',
    ref: 'bodhi §1.2 GET /ping',
    access: 'public',
    reply: { 200: Pong, 401: BodhiError, 500: BodhiError },
  }),
  getAppInfo: defineRoute({
    method: 'GET',
    path: '/bodhi/v1/info',
    summary: 'Tell what this server is and whether it is set up',
    ref: 'bodhi §1.3 GET /bodhi/v1/info',
    access: 'public',
    reply: { 200: AppInfo, ...unchanged, ...refusals },
  }),
  setupApp: defineRoute({
    method: 'POST',
    path: '/bodhi/v1/setup',
    summary:
      'Decide once whether a login is asked for; from elsewhere than this machine with `x-setup-token`',
    ref: 'bodhi §1.4 POST /bodhi/v1/setup',
    access: 'public',
    body: SetupRequest,
    reply: { 200: SetupReply, ...bodyRefusals, 409: BodhiError },
  }),
  getCurrentUser: defineRoute({
    method: 'GET',
    path: '/bodhi/v1/user',
    summary: 'Tell who is logged in',
    ref: 'bodhi §1.5 GET /bodhi/v1/user',
    access: 'public',
    reply: { 200: UserInfo, ...refusals },
  }),
  logoutUser: defineRoute({
    method: 'POST',
    path: '/bodhi/v1/logout',
    summary: 'End the session, if there is one',
    ref: 'bodhi §1.6 POST /bodhi/v1/logout',
    access: 'public',
    reply: { 200: LogoutReply, ...refusals },
  }),
} as const
