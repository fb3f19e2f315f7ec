/** Logging in and out. Source: hypersigil contract §1.1, rulings §5. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { dataOf, Email, inputRefusals, nothing, Refusal, refusals } from './route-kit.ts'

export const userRoles = ['admin', 'user', 'viewer'] as const
export type UserRole = (typeof userRoles)[number]

export const LoginUser = z
  .object({ email: z.string(), name: z.string(), role: z.string() })
  .meta({ id: 'LoginUser' })
export type LoginUser = z.infer<typeof LoginUser>

const AuthResult = z
  .object({
    token: z.string().meta({ description: 'A bearer; also set as the cookie `auth-token`' }),
    user: LoginUser,
  })
  .meta({ id: 'AuthResult' })

/** A body must not be a list, a number or text. */
const FirstAdminInput = z
  .strictObject({ email: Email, name: z.string().min(1), password: z.string().min(8) })
  .meta({ id: 'FirstAdminInput' })
const LoginInput = z
  .strictObject({ email: Email, password: z.string().min(1) })
  .meta({ id: 'LoginInput' })
const ActivationInput = z
  .strictObject({ invitation_token: z.string(), password: z.string().min(8).optional() })
  .meta({ id: 'ActivationInput' })

export const authRoutes = {
  registerFirstAdmin: defineRoute({
    method: 'POST',
    path: '/api/v1/auth/register-first-admin',
    summary:
      'Make the first admin; from elsewhere than this machine with the header `x-setup-token`',
    ref: 'hypersigil §1.1',
    access: 'public',
    body: FirstAdminInput,
    reply: { 201: dataOf(AuthResult), ...inputRefusals, 409: Refusal },
  }),
  logInWithPassword: defineRoute({
    method: 'POST',
    path: '/api/v1/auth/login',
    summary: 'Log in with a password',
    ref: 'hypersigil §1.1',
    access: 'public',
    body: LoginInput,
    reply: { 200: dataOf(AuthResult), ...inputRefusals, 503: Refusal },
  }),
  checkFirstAdmin: defineRoute({
    method: 'GET',
    path: '/api/v1/auth/check',
    summary: 'Tell whether there is an admin yet',
    ref: 'hypersigil §1.1',
    access: 'public',
    reply: {
      200: dataOf(z.object({ shouldRedirectToRegisterFirstAdmin: z.boolean() })),
      ...refusals,
    },
  }),
  activateAccount: defineRoute({
    method: 'POST',
    path: '/api/v1/auth/activate',
    summary: 'Take up an invitation, or choose a new password after a reset',
    ref: 'hypersigil §1.1',
    access: 'public',
    body: ActivationInput,
    reply: { 200: dataOf(LoginUser), ...inputRefusals, 404: Refusal },
  }),
  logOut: defineRoute({
    method: 'POST',
    path: '/api/v1/auth/logout',
    summary: 'End the session',
    ref: 'rulings §5',
    access: 'session',
    reply: { 204: nothing, ...refusals },
  }),
} as const
