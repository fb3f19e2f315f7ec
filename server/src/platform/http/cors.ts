import { isLoopbackName } from './loopback.ts'

export type HeaderMap = Readonly<Record<string, string>>

/** Which pages of other origins may read replies. Credentials are never allowed. */
export interface CorsPolicy {
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

const methods = 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT'

function allows(policy: CorsPolicy, origin: string): boolean {
  return typeof policy.origins === 'function'
    ? policy.origins(origin)
    : policy.origins.includes(origin)
}

/** True for pages that this machine itself serves, on any port. */
export function isLoopbackOrigin(origin: string): boolean {
  const url = URL.parse(origin)
  return url !== null && /^https?:$/.test(url.protocol) && isLoopbackName(url.hostname)
}

/** Headers that every reply of a route with a policy carries, errors too. */
export function corsHeaders(policy: CorsPolicy | undefined, origin: string | undefined): HeaderMap {
  if (policy === undefined) return {}
  if (origin === undefined || !allows(policy, origin)) return { vary: 'Origin' }
  return { vary: 'Origin', 'access-control-allow-origin': origin }
}

/** Says yes or no to a browser's question; the headers asked for are granted as asked. */
export function answerPreflight(policy: CorsPolicy, preflight: Preflight): PreflightReply {
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
