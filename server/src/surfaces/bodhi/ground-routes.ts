import {
  userRoles,
  type AppInfo,
  type UserInfo,
  type UserRole,
} from '@pharos/contract/bodhi/ground.ts'
import { bodhiRoutes } from '@pharos/contract/bodhi/routes.ts'
import {
  describeToken,
  endLogin,
  getUser,
  type Caller,
  type InstallName,
  type OidcProvider,
  type Uses,
} from '../../features/identity/index.ts'
import { appStatus, setUp, type SetupContext } from '../../features/settings/index.ts'
import {
  clearCookie,
  cookieOf,
  isCookieCounted,
  sessionCookieName,
} from '../../platform/http/cookies.ts'
import type { PeerReader } from '../../platform/http/peer.ts'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import { conditional } from '../../platform/http/conditional.ts'
import { serve } from './door.ts'
import { publicUrlOf } from './public-url.ts'
import { toAccess, toTokenScope } from './wire-tokens.ts'

export interface GroundPowers
  extends Uses<'db' | 'clock' | 'ids' | 'vault'>, InstallName, Omit<SetupContext, 'caller'> {
  readonly version: string
  /** None where the operator named no issuer. */
  readonly oidc: OidcProvider | undefined
  readonly describePeer: PeerReader
  /** Where people find the server, if that is not where they ask it. */
  readonly publicBaseUrl: string | undefined
}

/** What the server is, its setup, and who asks. Source: bodhi contract §1.2 to §1.6. */
export function groundRoutes(powers: GroundPowers) {
  const { publicBaseUrl } = powers
  return [
    serve(bodhiRoutes.pingServer, () => ({ status: 200, body: { message: 'pong' as const } })),
    serve(bodhiRoutes.getAppInfo, async ({ request }) =>
      conditional(request, await describeApp(powers, request)),
    ),
    serve(bodhiRoutes.setupApp, async ({ body, caller, request }) => {
      const { authz = true, name = null, description = null } = body
      const { 'x-setup-token': shown } = request.headers
      const shownToken = typeof shown === 'string' ? shown : null
      const setup = { asksForLogins: authz, name, description, shownToken }
      return { status: 200, body: { status: await setUp({ ...powers, caller }, setup) } }
    }),
    serve(bodhiRoutes.getCurrentUser, async ({ caller }) => ({
      status: 200,
      body: await describeUser({ ...powers, caller }),
      headers: { 'cache-control': 'no-store' },
    })),
    serve(bodhiRoutes.logoutUser, async ({ caller, request }) => {
      const publicUrl = publicUrlOf(publicBaseUrl, request)
      const location = `${publicUrl}/ui/login`
      // A page of another site must not take away a cookie that it could not have used.
      const isOurs = isCookieCounted(request, powers.describePeer(request))
      const secret = isOurs ? cookieOf(request, sessionCookieName) : undefined
      const logout = { secret, returnTo: location }
      const issuerLocation = await endLogin({ ...powers, caller }, logout)
      const body = {
        location,
        ...(issuerLocation !== undefined && { issuer_location: issuerLocation }),
      }
      const cleared = isOurs ? clearedSession(publicUrl) : {}
      return { status: 200, body, headers: { ...loggedOut(location), ...cleared } }
    }),
  ]
}

function clearedSession(publicUrl: string) {
  const isSecure = publicUrl.startsWith('https:')
  return { 'set-cookie': clearCookie(sessionCookieName, { isSecure }) }
}

/** Older clients read where to go from the header. */
function loggedOut(location: string) {
  return {
    location,
    'cache-control': 'no-store',
    'access-control-expose-headers': 'Location',
  }
}

async function describeApp(powers: GroundPowers, request: RequestFacts): Promise<AppInfo> {
  const { status, asksForLogins } = await appStatus(powers)
  return {
    version: powers.version,
    status,
    authz: asksForLogins,
    deployment: 'standalone',
    ...(powers.hasIssuer && { client_id: powers.clientId }),
    url: publicUrlOf(powers.publicBaseUrl, request),
  }
}

const nobody: UserInfo = {
  logged_in: false,
  email: null,
  roles: [],
  auth_status: 'logged_out',
  user_id: null,
  username: null,
  first_name: null,
  last_name: null,
  role: null,
}

/** Nobody is refused: who is not known is told just that. */
async function describeUser(ctx: Uses<'db' | 'caller'>): Promise<UserInfo> {
  const { caller } = ctx
  const token = await describeToken(ctx)
  if (token !== undefined) {
    const role = token.level === null ? null : toTokenScope(token.level)
    return { ...nobody, auth_status: 'api_token', role, access: toAccess(token) }
  }
  return caller.kind === 'session' ? describePerson(ctx, caller) : nobody
}

async function describePerson(
  ctx: Uses<'db' | 'caller'>,
  { userId, role }: Extract<Caller, { kind: 'session' }>,
): Promise<UserInfo> {
  const { user } = await getUser(ctx, userId)
  const roles = rolesUpTo(role)
  return {
    ...nobody,
    logged_in: true,
    email: user.email,
    roles,
    auth_status: 'logged_in',
    user_id: userId,
    username: user.email,
    first_name: user.name,
    role: roles[0] ?? null,
  }
}

/** Viewers have no role here. Source: rulings §2. */
function rolesUpTo(role: Extract<Caller, { kind: 'session' }>['role']): UserRole[] {
  const at = userRoles.findIndex((name) => name === `resource_${role}`)
  return at === -1 ? [] : userRoles.slice(at)
}
