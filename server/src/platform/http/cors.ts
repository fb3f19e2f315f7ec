import { isLoopbackName } from './loopback.ts'

export type HeaderMap = Readonly<Record<string, string>>

/**
 * Which pages of other origins may read replies; `everyone` also answers every OPTIONS request.
 * Credentials are never allowed.
 */
export type CorsPolicy =
  | 'everyone'
  | {
      readonly origins: readonly string[] | ((origin: string) => boolean)
      readonly maxAgeSeconds: number
    }

export interface Preflight {
  readonly origin: string
  readonly method: string
  readonly headers: string | undefined
}

export interface PreflightReply {
  readonly status: 200 | 400
  readonly text: string
  readonly headers: HeaderMap
}

const everyone: HeaderMap = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': '*',
  vary: 'origin, access-control-request-method, access-control-request-headers',
}

const methods = 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT'

function allows(policy: Exclude<CorsPolicy, 'everyone'>, origin: string): boolean {
  return typeof policy.origins === 'function'
    ? policy.origins(origin)
    : policy.origins.includes(origin)
}

/** True for pages that this machine itself serves, on any port. */
export function isLoopbackOrigin(origin: string): boolean {
  const url = URL.parse(origin)
  return url !== null && /^https?:$/.test(url.protocol) && isLoopbackName(url.hostname)
}

/** Pages of these origins may read replies; where none is named, those of this machine. */
export function pagesOf(origins: readonly string[]): CorsPolicy {
  return { origins: origins.length === 0 ? isLoopbackOrigin : origins, maxAgeSeconds: 600 }
}

/** Headers that every reply of a route with a policy carries, errors too. */
export function corsHeaders(policy: CorsPolicy | undefined, origin: string | undefined): HeaderMap {
  if (policy === undefined) return {}
  if (policy === 'everyone') return everyone
  if (origin === undefined || !allows(policy, origin)) return { vary: 'Origin' }
  return { vary: 'Origin', 'access-control-allow-origin': origin }
}

/** Says yes or no to a browser's question; the headers asked for are granted as asked. */
export function answerPreflight(policy: CorsPolicy, preflight: Preflight): PreflightReply {
  if (policy === 'everyone') {
    const allowed = { 'access-control-allow-methods': '*', 'access-control-allow-headers': '*' }
    return { status: 200, text: '', headers: { ...everyone, ...allowed } }
  }
  const isAllowed = allows(policy, preflight.origin)
  return {
    status: isAllowed ? 200 : 400,
    text: isAllowed ? 'OK' : 'Disallowed CORS origin',
    headers: {
      ...corsHeaders(policy, preflight.origin),
      'access-control-allow-methods': methods,
      'access-control-max-age': String(policy.maxAgeSeconds),
      ...(preflight.headers === undefined
        ? {}
        : { 'access-control-allow-headers': preflight.headers }),
    },
  }
}
