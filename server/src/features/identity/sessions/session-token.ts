import { errors, jwtVerify, SignJWT } from 'jose'
import type { Vault } from '../../../platform/secrets/vault.ts'
import type { Uses } from '../uses.ts'
import type { LiveSession } from './session.ts'

const algorithm = 'HS256'
const fewestKeyBytes = 32

/**
 * The key that signs session tokens: the operator's own, or one derived from the master key.
 * @throws Error when the operator's has less than 32 bytes; the configuration refuses it before.
 */
export function sessionKeyOf(vault: Vault, given: string | undefined): Uint8Array {
  if (given === undefined) return new Uint8Array(vault.deriveKey('session-token'))
  const key = new TextEncoder().encode(given)
  if (key.length < fewestKeyBytes) throw new Error('a key for session tokens has 32 bytes or more')
  return key
}

/** What a token says: a session, and whose it was when the token was made. */
export interface SessionClaim {
  readonly sessionId: string
  readonly userId: string
}

/**
 * Writes a session as a signed text (JWT, HS256: `sub`, `sid`, `iat`, `exp`) for clients that send it
 * as a bearer. It tells who is meant; whether the session still counts is asked at each request.
 */
export function mintSessionToken(
  { sessionKey, clock }: Uses<'sessionKey' | 'clock'>,
  { id, userId, expiresAt }: Pick<LiveSession, 'id' | 'userId' | 'expiresAt'>,
): Promise<string> {
  return new SignJWT({ sid: id })
    .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
    .setSubject(userId)
    .setIssuedAt(Math.floor(clock.nowSeconds()))
    .setExpirationTime(Math.floor(expiresAt))
    .sign(sessionKey)
}

/** Whether a text can be such a token at all. */
export function hasSessionTokenForm(text: string): boolean {
  return text.length <= longestToken && /^[\w-]+\.[\w-]+\.[\w-]+$/u.test(text)
}

const longestToken = 2000

/** Undefined for a text that this server did not sign, in just this way, or that is over. */
export async function readSessionToken(
  { sessionKey, clock }: Uses<'sessionKey' | 'clock'>,
  text: string,
): Promise<SessionClaim | undefined> {
  if (!hasSessionTokenForm(text)) return undefined
  try {
    const { payload } = await jwtVerify(text, sessionKey, {
      algorithms: [algorithm],
      requiredClaims: ['sub', 'sid', 'iat', 'exp'],
      currentDate: new Date(clock.nowSeconds() * 1000),
    })
    const { sub, sid } = payload
    return typeof sid === 'string' && sub !== undefined
      ? { sessionId: sid, userId: sub }
      : undefined
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}
