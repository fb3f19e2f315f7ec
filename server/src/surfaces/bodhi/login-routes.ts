import { bodhiRoutes } from '@pharos/contract/bodhi/routes.ts'
import type { IssuerAnswer } from '@pharos/contract/bodhi/login.ts'
import {
  allowFirstAdmin,
  beginLogin,
  completeLogin,
  findCredential,
  isAtThisMachine,
  type AnswerFault,
  type Caller,
  type OidcProvider,
  type Uses,
} from '../../features/identity/index.ts'
import { appStatus, type SetupContext } from '../../features/settings/index.ts'
import { DomainError, type ErrorCode } from '../../platform/domain-error.ts'
import {
  cookieOf,
  sessionCookieName,
  setCookie,
  tokenCookieName,
} from '../../platform/http/cookies.ts'
import type { PeerReader } from '../../platform/http/peer.ts'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import { nothing, serve } from './door.ts'
import { publicUrlOf } from './public-url.ts'

export interface LoginPowers
  extends
    Uses<'db' | 'clock' | 'ids' | 'vault' | 'sessionKey' | 'checkSession'>,
    Pick<SetupContext, 'settings' | 'setupTokens' | 'hasIssuer'> {
  /** None where the operator named no issuer. */
  readonly oidc: OidcProvider | undefined
  readonly describePeer: PeerReader
  /** Where people find the server, if that is not where they ask it. */
  readonly publicBaseUrl: string | undefined
}

interface Asked {
  readonly request: RequestFacts
  readonly caller: Caller
}

/** What the two families of routes call the same faults. Source: bodhi contract §3.3, §7.4, §7.6. */
interface FaultNames {
  readonly noIssuer: string
  /** Of a server that is not set up, as a login begins and as it ends. */
  readonly unsetAtStart: string
  readonly unsetAtEnd: string
  readonly faults: Readonly<Record<AnswerFault, string>>
}

const pageNames: FaultNames = {
  noIssuer: 'login_error-app_reg_info_not_found',
  unsetAtStart: 'login_error-app_reg_info_not_found',
  unsetAtEnd: 'login_error-app_status_invalid',
  faults: {
    'no-attempt': 'login_error-session_info_not_found',
    'no-state': 'bad_request_error',
    'other-state': 'bad_request_error',
    'no-code': 'bad_request_error',
    'issuer-error': 'bad_request_error',
  },
}

const apiNames: FaultNames = {
  noIssuer: 'auth_route_error-tenant_not_found',
  unsetAtStart: 'auth_route_error-app_status_invalid',
  unsetAtEnd: 'auth_route_error-app_status_invalid',
  faults: {
    'no-attempt': 'auth_route_error-session_info_not_found',
    'no-state': 'auth_route_error-missing_state',
    'other-state': 'auth_route_error-state_digest_mismatch',
    'no-code': 'auth_route_error-missing_code',
    'issuer-error': 'auth_route_error-o_auth_error',
  },
}

/** Logging in at an issuer, by redirects or for a page. Source: bodhi contract §1.7, §3.3. */
export function loginRoutes(powers: LoginPowers) {
  const start = async (asked: Asked, setupToken: string | undefined) => {
    const next = await nextPlace(powers, asked, { names: pageNames, setupToken })
    return {
      status: 302,
      ...nothing,
      headers: { ...next.headers, location: next.location },
    } as const
  }
  return [
    serve(bodhiRoutes.startLogin, (asked) => start(asked, asked.query.setup_token)),
    serve(bodhiRoutes.startLoginWithSlash, (asked) => start(asked, asked.query.setup_token)),
    serve(bodhiRoutes.finishLogin, async ({ query, ...asked }) => {
      const { location, headers } = await finish(powers, asked, { names: pageNames, answer: query })
      return { status: 302, ...nothing, headers: { ...headers, location } }
    }),
    serve(bodhiRoutes.initiateAuth, async ({ body, ...asked }) => {
      const wanted = body.client_id ?? undefined
      if (wanted !== undefined && wanted !== powers.oidc?.settings.clientId) {
        throw fault('precondition', apiNames.noIssuer, 'There is no client of this name here')
      }
      const { 'x-setup-token': shown } = asked.request.headers
      const setupToken = typeof shown === 'string' ? shown : undefined
      const next = await nextPlace(powers, asked, { names: apiNames, setupToken })
      const { location, headers, isLoggedIn } = next
      return isLoggedIn
        ? { status: 200 as const, body: { location }, headers }
        : { status: 201 as const, body: { location }, headers }
    }),
    serve(bodhiRoutes.completeAuth, async ({ body, ...asked }) => {
      const { location, headers } = await finish(powers, asked, { names: apiNames, answer: body })
      return { status: 200, body: { location }, headers }
    }),
  ]
}

const uncached = { 'cache-control': 'no-store' } as const
const callbackPath = '/app/login/callback'

interface Beginning {
  readonly names: FaultNames
  readonly setupToken: string | undefined
}

/** Into the app for who is logged in, else to the issuer. */
async function nextPlace(
  powers: LoginPowers,
  { caller, request }: Asked,
  { names, setupToken }: Beginning,
) {
  if (await isLoggedIn(powers, { caller, request })) {
    const location = `${publicUrlOf(powers.publicBaseUrl, request)}/ui/chat`
    return { location, headers: { ...uncached }, isLoggedIn: true }
  }
  const { status } = await appStatus(powers)
  if (status === 'setup') throw notSetUp(names.unsetAtStart)
  const oidc = issuerOf(powers, names)
  const baseUrl = ownUrlOf(powers, request)
  const { location, secret } = await beginLogin(
    { ...powers, oidc },
    {
      redirectUri: `${baseUrl}${callbackPath}`,
      mayBecomeAdmin: mayBecomeAdmin(powers, request, setupToken),
      ...originOf(powers, request),
    },
  )
  const headers = { ...uncached, 'set-cookie': cookieFor(secret, baseUrl) }
  return { location, headers, isLoggedIn: false }
}

interface Ending {
  readonly names: FaultNames
  readonly answer: IssuerAnswer
}

async function finish(powers: LoginPowers, { caller, request }: Asked, { names, answer }: Ending) {
  const { status } = await appStatus(powers)
  if (status === 'setup') throw notSetUp(names.unsetAtEnd)
  const oidc = issuerOf(powers, names)
  const outcome = await completeLogin(
    { ...powers, oidc, caller },
    {
      // The issuer's redirect comes from another site, where the cookie counts as no login: here it
      // only leads to the state, which decides.
      secret: cookieOf(request, sessionCookieName),
      answer,
      awaitsAdmin: status === 'resource-admin',
      ...originOf(powers, request),
    },
  )
  if (outcome.kind === 'fault') {
    throw fault('precondition', names.faults[outcome.fault], faultText(outcome.fault, answer))
  }
  const baseUrl = publicUrlOf(powers.publicBaseUrl, request)
  const path = outcome.isFirstAdmin ? '/ui/setup/download-models' : '/ui/chat'
  const cookie = cookieFor(outcome.started.secret, baseUrl)
  return { location: `${baseUrl}${path}`, headers: { ...uncached, 'set-cookie': cookie } }
}

/**
 * A page of another site may have sent the browser here, where its cookie does not count: its login
 * must not be replaced by one that has only begun.
 */
async function isLoggedIn(powers: LoginPowers, { caller, request }: Asked): Promise<boolean> {
  if (caller.kind === 'session') return true
  const cookies = [sessionCookieName, tokenCookieName].flatMap(
    (name) => cookieOf(request, name) ?? [],
  )
  const { kind } = await findCredential(powers, { keys: [], cookies })
  return kind === 'session'
}

function issuerOf({ oidc }: LoginPowers, { noIssuer }: FaultNames): OidcProvider {
  if (oidc !== undefined) return oidc
  throw fault('precondition', noIssuer, 'The server was started without an issuer of logins')
}

function notSetUp(name: string): DomainError {
  return fault('precondition', name, 'Nobody has decided yet who may enter: see the setup')
}

/**
 * Whoever sits at this machine may become the first admin; from elsewhere it takes a setup token.
 * Without one the login is like any other. Source: rulings §3.
 */
function mayBecomeAdmin(
  { describePeer, setupTokens }: LoginPowers,
  request: RequestFacts,
  setupToken: string | undefined,
): boolean {
  const isHere = isAtThisMachine(describePeer(request))
  if (!isHere && setupToken === undefined) return false
  allowFirstAdmin({ isAtThisMachine: isHere, shown: setupToken ?? null, setupTokens })
  return true
}

/** @throws DomainError for a host that may be somebody else's name for this server. */
function ownUrlOf({ publicBaseUrl, describePeer }: LoginPowers, request: RequestFacts): string {
  const isDirect = request.headers['x-forwarded-host'] === undefined
  if (publicBaseUrl !== undefined || (isDirect && describePeer(request).isLoopbackHost)) {
    return publicUrlOf(publicBaseUrl, request)
  }
  const text = 'For logins under this address the server must be started with PUBLIC_URL'
  throw fault('precondition', 'bad_request_error', text)
}

function originOf({ describePeer }: LoginPowers, request: RequestFacts) {
  const { ip } = describePeer(request)
  return { ip: ip ?? null, userAgent: request.headers['user-agent'] ?? null }
}

function cookieFor(secret: string, baseUrl: string): string {
  return setCookie(sessionCookieName, secret, { isSecure: baseUrl.startsWith('https:') })
}

function faultText(why: AnswerFault, answer: IssuerAnswer): string {
  switch (why) {
    case 'no-attempt':
      return 'No login has begun in this browser: are cookies enabled?'
    case 'no-state':
      return 'Invalid request: there is no state'
    case 'other-state':
      return 'Invalid request: the state is not that of the login which has begun'
    case 'no-code':
      return 'Invalid request: there is no code'
    case 'issuer-error':
      return `Invalid request: the login server says ${sayingOf(answer)}`
  }
}

/** The words are anybody's: only what an issuer may write there, and not more than a line. */
function sayingOf({ error = '', error_description: text = '' }: IssuerAnswer): string {
  const said = text === '' ? error : `${error}: ${text}`
  return said.replaceAll(/[^ -~]/gu, '?').slice(0, 300)
}

function fault(code: ErrorCode, name: string, message: string): DomainError {
  return new DomainError(code, message, { details: { code: name } })
}
