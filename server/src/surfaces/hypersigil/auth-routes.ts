import { hypersigilRoutes } from '@pharos/contract/hypersigil/routes.ts'
import {
  acceptInvitation,
  allowFirstAdmin,
  endOwnSession,
  hasActiveAdmin,
  isAtThisMachine,
  logInWithPassword,
  mintSessionToken,
  registerFirstAdmin,
  startSession,
  type User,
  type Uses,
} from '../../features/identity/index.ts'
import { clearCookie, setCookie, tokenCookieName } from '../../platform/http/cookies.ts'
import type { PeerReader } from '../../platform/http/peer.ts'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import { serve } from './door.ts'
import { found, neverStored, nothing } from './envelopes.ts'
import { toLoginUser } from './wire-users.ts'

export interface AuthPowers extends Uses<
  'db' | 'clock' | 'ids' | 'vault' | 'sessionKey' | 'passwordLoginSeconds' | 'passwords'
> {
  /** Each lets somebody at another machine become the first admin. */
  readonly setupTokens: readonly string[]
  readonly describePeer: PeerReader
  /** Where people find the server, if that is not where they ask it. */
  readonly publicBaseUrl: string | undefined
}

/** What anybody may send is parsed before it is known who it is: a login needs no more. */
const smallBody = { bodyLimitBytes: 64 * 1024 } as const

/** Logging in and out. Source: hypersigil contract §1.1, rulings §3, §5. */
export function authRoutes(powers: AuthPowers) {
  return [
    serve(
      hypersigilRoutes.registerFirstAdmin,
      async ({ body, caller, request }) => {
        refuseStrangers(powers, request)
        const user = await registerFirstAdmin({ ...powers, caller }, body)
        return { status: 201, ...(await begin(powers, user, request)) }
      },
      smallBody,
    ),
    serve(
      hypersigilRoutes.logInWithPassword,
      async ({ body, caller, request }) => {
        const user = await logInWithPassword({ ...powers, caller }, body)
        return { status: 200, ...(await begin(powers, user, request)) }
      },
      smallBody,
    ),
    serve(hypersigilRoutes.checkFirstAdmin, async () => {
      const isMissing = !(await hasActiveAdmin(powers))
      return found({ shouldRedirectToRegisterFirstAdmin: isMissing })
    }),
    serve(
      hypersigilRoutes.activateAccount,
      async ({ body, caller }) => {
        const { invitation_token: token, password = null } = body
        const user = await acceptInvitation({ ...powers, caller }, { token, password })
        return found(toLoginUser(user))
      },
      smallBody,
    ),
    serve(hypersigilRoutes.logOut, async ({ caller }) => {
      await endOwnSession({ ...powers, caller })
      const cookie = clearCookie(tokenCookieName, { isSecure: isSecure(powers) })
      return { ...nothing, headers: { ...neverStored, 'set-cookie': cookie } }
    }),
  ]
}

/** Whoever sits at this machine may come in; from elsewhere it takes a setup token. */
function refuseStrangers({ describePeer, setupTokens }: AuthPowers, request: RequestFacts): void {
  const { 'x-setup-token': shown } = request.headers
  allowFirstAdmin({
    isAtThisMachine: isAtThisMachine(describePeer(request)),
    shown: typeof shown === 'string' ? shown : null,
    setupTokens,
  })
}

/** Begins the session, told in the body and as a cookie that scripts do not see. */
async function begin(powers: AuthPowers, user: User, request: RequestFacts) {
  const { session } = await startSession(powers, {
    userId: user.id,
    kind: 'password',
    ip: powers.describePeer(request).ip ?? null,
    userAgent: request.headers['user-agent'] ?? null,
  })
  const { id, createdAt, expiresAt } = session
  const token = await mintSessionToken(powers, { id, userId: user.id, expiresAt })
  const cookie = setCookie(tokenCookieName, token, {
    isSecure: isSecure(powers),
    maxAgeSeconds: expiresAt - createdAt,
  })
  return {
    body: { data: { token, user: toLoginUser(user) } },
    headers: { ...neverStored, 'set-cookie': cookie },
  }
}

function isSecure({ publicBaseUrl }: AuthPowers): boolean {
  return publicBaseUrl?.startsWith('https:') === true
}
