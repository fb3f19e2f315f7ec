import type { Peer } from './peer.ts'
import type { RequestFacts } from './request-facts.ts'

/** Holds the secret of a session. Source: bodhi §3.4. */
export const sessionCookieName = 'bodhiapp_session_id'
/** Holds a session token. Source: hypersigil §7.2. */
export const tokenCookieName = 'auth-token'

/** What a cookie of a request holds, whether or not it counts; of several with a name the first. */
export function cookieOf(
  { headers }: Pick<RequestFacts, 'headers'>,
  name: string,
): string | undefined {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [key = '', ...value] = pair.split('=')
    if (key.trim() === name && value.length > 0) return unquoted(value.join('=').trim())
  }
  return undefined
}

function unquoted(value: string): string {
  return value.length >= 2 && value.startsWith('"') && value.endsWith('"')
    ? value.slice(1, -1)
    : value
}

type CookieFacts = Pick<RequestFacts, 'headers' | 'method'>

/**
 * What the cookies of sessions hold, where they count: an `Authorization` header of whatever kind
 * speaks for the request alone. Source: bodhi §3.5, §3.10; hypersigil §7.2.
 */
export function countingCookies(request: CookieFacts, peer: Pick<Peer, 'originKind'>): string[] {
  if (isSaidOtherwise(request) || !isCookieCounted(request, peer)) return []
  return [sessionCookieName, tokenCookieName].flatMap((name) => cookieOf(request, name) || [])
}

/**
 * A browser adds cookies to what pages of other sites ask for, too. They count only where our own
 * site asks, or where a person goes to an address; what changes something must not come from a page
 * that is not ours, which also holds for sockets, whose first request is a GET.
 */
export function isCookieCounted(
  request: CookieFacts,
  { originKind }: Pick<Peer, 'originKind'>,
): boolean {
  if (originKind === 'foreign' && (!isSafe(request) || isUpgrade(request))) return false
  switch (request.headers['sec-fetch-site']) {
    case undefined:
    case 'same-origin':
    case 'same-site':
      return true
    case 'none':
      return isSafe(request) && request.headers['sec-fetch-mode'] === 'navigate'
    default:
      return false
  }
}

function isSafe({ method }: CookieFacts): boolean {
  return method === 'GET' || method === 'HEAD'
}

function isUpgrade({ headers }: CookieFacts): boolean {
  return headers.upgrade !== undefined
}

/** Whether another header than the cookie says who asks, in a way that is no bearer. */
function isSaidOtherwise({ headers }: CookieFacts): boolean {
  return headers.authorization !== undefined && !/^Bearer\b/i.test(headers.authorization)
}

export interface CookieForm {
  /** Whether people reach the server by https. */
  readonly isSecure: boolean
  /** Without it the cookie goes when the browser is closed. */
  readonly maxAgeSeconds?: number
}

/** The `Set-Cookie` value that gives a browser a session. Source: bodhi §3.4. */
export function setCookie(name: string, value: string, form: CookieForm): string {
  const { isSecure, maxAgeSeconds } = form
  const parts = [
    `${name}=${value}`,
    'Path=/',
    'HttpOnly',
    'SameSite=Lax',
    ...(isSecure ? ['Secure'] : []),
    ...(maxAgeSeconds === undefined ? [] : [`Max-Age=${Math.floor(maxAgeSeconds)}`]),
  ]
  return parts.join('; ')
}

/** The `Set-Cookie` value that takes it away. */
export function clearCookie(name: string, { isSecure }: Pick<CookieForm, 'isSecure'>): string {
  return setCookie(name, '', { isSecure, maxAgeSeconds: 0 })
}
