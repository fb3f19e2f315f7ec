import { randomBytes } from 'node:crypto'
import type { JsonObject } from '../../../platform/json.ts'
import { isSameSecret } from '../../../platform/secrets/tokens.ts'

/** A login that has begun and that only the browser which began it may finish, once. */
export interface LoginAttempt {
  readonly state: string
  /** Of PKCE. */
  readonly verifier: string
  readonly nonce: string
  /** As the issuer was told it. */
  readonly redirectUri: string
  /** Whether who began it may become the first admin. */
  readonly mayBecomeAdmin: boolean
}

/** What comes back from the issuer, by way of the browser. */
export interface IssuerAnswer {
  readonly state?: string | undefined
  readonly code?: string | undefined
  readonly iss?: string | undefined
  readonly error?: string | undefined
  readonly error_description?: string | undefined
}

/** Why an answer finishes no login. Source: bodhi contract §3.3. */
export type AnswerFault = 'no-attempt' | 'no-state' | 'other-state' | 'no-code' | 'issuer-error'

/** 43 characters of chance, of which state, verifier and nonce are each one. */
function secret(): string {
  return randomBytes(32).toString('base64url')
}

export function newAttempt(
  given: Pick<LoginAttempt, 'redirectUri' | 'mayBecomeAdmin'>,
): LoginAttempt {
  return { state: secret(), verifier: secret(), nonce: secret(), ...given }
}

export function attemptData(attempt: LoginAttempt): JsonObject {
  return { ...attempt }
}

/** The login that a session's data speaks of. */
export function readAttempt(data: JsonObject): LoginAttempt | undefined {
  const { state, verifier, nonce, redirectUri, mayBecomeAdmin } = data
  const isWhole =
    typeof state === 'string' &&
    typeof verifier === 'string' &&
    typeof nonce === 'string' &&
    typeof redirectUri === 'string'
  if (!isWhole) return undefined
  return { state, verifier, nonce, redirectUri, mayBecomeAdmin: mayBecomeAdmin === true }
}

/** Whether an answer belongs to a login; only then does it end it, whatever else it says. */
export function isAnswerTo(attempt: LoginAttempt, answer: IssuerAnswer): boolean {
  return answer.state !== undefined && isSameSecret(answer.state, attempt.state)
}

/** The first fault of an answer, in the order of the contract; undefined where it has none. */
export function faultOf(attempt: LoginAttempt, answer: IssuerAnswer): AnswerFault | undefined {
  if (answer.error !== undefined) return 'issuer-error'
  if (answer.state === undefined) return 'no-state'
  if (!isAnswerTo(attempt, answer)) return 'other-state'
  return answer.code === undefined ? 'no-code' : undefined
}
