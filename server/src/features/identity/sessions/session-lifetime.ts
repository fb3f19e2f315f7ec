import type { Uses } from '../uses.ts'
import type { SessionHead, SessionKind } from './session.ts'

const minute = 60
const day = 24 * 60 * minute

/** Source: bodhi §3.4, hypersigil §7.1; a login that has begun has ten minutes to be completed. */
const lifetimeSeconds: Readonly<Record<SessionKind, number>> = {
  oidc: 14 * day,
  password: 30 * day,
  anonymous: 10 * minute,
}

/** How often at most it is written that a session was used. */
const noteEverySeconds = minute

export function endOfNew(
  { passwordLoginSeconds = lifetimeSeconds.password }: Uses<'passwordLoginSeconds'>,
  kind: SessionKind,
  nowSeconds: number,
): number {
  return nowSeconds + (kind === 'password' ? passwordLoginSeconds : lifetimeSeconds[kind])
}

type Used = Pick<SessionHead, 'kind' | 'expiresAt' | 'lastSeenAt'>

/** Whether the last use that is written down is too long ago to leave it at that. */
export function isUseWorthNoting({ lastSeenAt }: Used, nowSeconds: number): boolean {
  return nowSeconds - lastSeenAt >= noteEverySeconds
}

/** A login at an issuer ends when it was not used for so long; one with a password after its time. */
export function endOfUsed({ kind, expiresAt }: Used, nowSeconds: number): number {
  return kind === 'oidc' ? Math.max(expiresAt, nowSeconds + lifetimeSeconds.oidc) : expiresAt
}
