import { Scope } from '@pharos/contract/vocabulary.ts'
import { DomainError } from '../../platform/domain-error.ts'
import type { Caller } from './caller.ts'

/**
 * Who may use a route: everybody, whoever may send spans, whoever is known at all, holders of a
 * scope, or a person who is logged in, with a scope where one is named.
 */
export type RouteAccess = 'public' | 'ingest' | 'known' | Scope | 'session' | `session:${Scope}`

const loginPrefix = 'session:'

export function mayUse(caller: Caller, scope: Scope): boolean {
  return caller.scopes.has(scope)
}

/** Throws `unauthenticated` for nobody in particular, `forbidden` for a caller without the scope. */
export function allow(caller: Caller, scope: Scope): void {
  if (mayUse(caller, scope)) return
  allowKnown(caller)
  throw new DomainError('forbidden', `This needs the scope ${scope}`)
}

/** Throws `unauthenticated` for nobody in particular. */
function allowKnown(caller: Caller): void {
  if (caller.kind !== 'anonymous') return
  throw new DomainError('unauthenticated', 'This needs an API key or a login')
}

/**
 * Lets only a person through: one who is logged in, or the owner of an open server. A key stands for
 * a person without being one. Source: rulings §2, bodhi §3.8.
 * @throws DomainError `unauthenticated` for every other caller, `forbidden` without the scope.
 */
export function allowSession(caller: Caller, scope?: Scope): void {
  if (caller.kind === 'anonymous') {
    throw new DomainError('unauthenticated', 'This needs a login')
  }
  if (caller.kind !== 'session' && caller.kind !== 'local') {
    const details = { code: 'api_auth_error-missing_auth' }
    throw new DomainError('unauthenticated', 'This needs a login: a key will not do', { details })
  }
  if (scope !== undefined) allow(caller, scope)
}

/** Refuses a caller whom the route is not for, as `allow` and `allowSession` do. */
export function allowRoute(caller: Caller, access: RouteAccess): void {
  if (access === 'public') return
  if (access === 'ingest') return allow(caller, 'traces:write')
  if (access === 'known') return allowKnown(caller)
  if (access === 'session') return allowSession(caller)
  if (!access.startsWith(loginPrefix)) return allow(caller, Scope.parse(access))
  allowSession(caller, Scope.parse(access.slice(loginPrefix.length)))
}
