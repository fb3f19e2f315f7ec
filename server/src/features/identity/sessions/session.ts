import type { Role } from '@pharos/contract/vocabulary.ts'
import type { JsonObject } from '../../../platform/json.ts'

export type SessionKind = 'password' | 'oidc' | 'anonymous'

/** What is known of a session without opening what it keeps. Times are Unix seconds. */
export interface SessionHead {
  /** SHA-256 in hex of its secret. */
  readonly id: string
  readonly userId: string | null
  readonly kind: SessionKind
  readonly createdAt: number
  readonly expiresAt: number
  readonly lastSeenAt: number
  readonly ip: string | null
  readonly userAgent: string | null
}

/** A login that goes on, or one that has begun elsewhere (`anonymous`). */
export interface Session extends SessionHead {
  /** Tokens of the issuer; state, verifier and nonce of a login that has begun. Sealed at rest. */
  readonly data: JsonObject
}

export interface StartedSession {
  /** What the cookie holds; kept nowhere. */
  readonly secret: string
  readonly session: Session
}

/** A session that counts now, with the person as he is now. */
export interface LiveSession {
  readonly id: string
  readonly userId: string
  readonly kind: SessionKind
  readonly createdAt: number
  readonly expiresAt: number
  readonly lastSeenAt: number
  readonly role: Role
  readonly name: string
}
