import type { DomainError } from '../../../platform/domain-error.ts'
import type { LiveSession } from './session.ts'

/** Whether a session still stands; else what a route that needs it answers. */
export type SessionVerdict =
  | { readonly isAlive: true }
  | { readonly isAlive: false; readonly why: DomainError }

/** Asked of each session that is shown, for logins that somebody else may end. */
export type SessionCheck = (session: Pick<LiveSession, 'id' | 'kind'>) => Promise<SessionVerdict>
