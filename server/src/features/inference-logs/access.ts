import { DomainError } from '../../platform/domain-error.ts'
import { mayUse, ownerKeyOf, type Caller } from '../identity/index.ts'

/** The least that must be known of a log to decide who may read it. */
export interface LogAccess {
  readonly ownerKey: string | null
  readonly isPublic: boolean
}

/** May see other people's keys and everybody's rows: whoever may manage the keys of all. */
export function isAdmin(caller: Caller): boolean {
  return mayUse(caller, 'keys:manage') && ownerKeyOf(caller) === undefined
}

/** A caller limited to one owner is that owner; any other with the scope reaches the team's rows. */
export function owns(caller: Caller, { ownerKey }: LogAccess): boolean {
  if (isAdmin(caller)) return true
  if (!mayUse(caller, 'logs:read')) return false
  const subject = ownerKeyOf(caller)
  return subject === undefined || subject === ownerKey
}

export function mayRead(caller: Caller, access: LogAccess): boolean {
  return access.isPublic || owns(caller, access)
}

/** Throws `unauthenticated` for nobody in particular, `forbidden` for somebody else's log. */
export function allowReading(caller: Caller, access: LogAccess): void {
  if (mayRead(caller, access)) return
  if (caller.kind === 'anonymous') {
    throw new DomainError('unauthenticated', 'This log is private: send an API key')
  }
  throw new DomainError('forbidden', 'This log belongs to another key')
}
