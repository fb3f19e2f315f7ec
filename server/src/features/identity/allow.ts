import type { Scope } from '@pharos/contract/vocabulary.ts'
import { DomainError } from '../../platform/domain-error.ts'
import type { Caller } from './caller.ts'

export function mayUse(caller: Caller, scope: Scope): boolean {
  return caller.scopes.has(scope)
}

/** Throws `unauthenticated` for nobody in particular, `forbidden` for a caller without the scope. */
export function allow(caller: Caller, scope: Scope): void {
  if (mayUse(caller, scope)) return
  if (caller.kind === 'anonymous') {
    throw new DomainError('unauthenticated', 'This needs an API key or a login')
  }
  throw new DomainError('forbidden', `This needs the scope ${scope}`)
}
