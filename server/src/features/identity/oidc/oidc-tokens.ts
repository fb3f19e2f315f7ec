import { decodeJwt } from 'jose'
import type { JsonObject } from '../../../platform/json.ts'

/** What an issuer gives for a code or a refresh token. */
export interface GivenTokens {
  readonly accessToken: string
  /** From now; undefined where the issuer does not say. */
  readonly expiresInSeconds: number | undefined
  readonly refreshToken: string | undefined
  readonly idToken: string | undefined
}

/** What a session keeps of a login at an issuer. */
export interface OidcTokens {
  readonly issuer: string
  readonly subject: string
  readonly accessToken: string
  /** Unix seconds; null for a token whose end nobody told. */
  readonly expiresAt: number | null
  readonly refreshToken: string | null
  readonly idToken: string | null
}

interface Receipt {
  readonly issuer: string
  readonly subject: string
  readonly nowSeconds: number
}

/** Tokens as they came, with the time at which they did. */
export function receivedTokens(
  given: GivenTokens,
  { issuer, subject, nowSeconds }: Receipt,
): OidcTokens {
  return {
    issuer,
    subject,
    accessToken: given.accessToken,
    expiresAt: endOf(given, nowSeconds),
    refreshToken: given.refreshToken ?? null,
    idToken: given.idToken ?? null,
  }
}

/** The old ones stay where no new one came. Source: bodhi contract §3.7. */
export function renewedTokens(
  tokens: OidcTokens,
  given: GivenTokens,
  nowSeconds: number,
): OidcTokens {
  return {
    ...tokens,
    accessToken: given.accessToken,
    expiresAt: endOf(given, nowSeconds),
    refreshToken: given.refreshToken ?? tokens.refreshToken,
    idToken: given.idToken ?? tokens.idToken,
  }
}

function endOf({ accessToken, expiresInSeconds }: GivenTokens, nowSeconds: number): number | null {
  return expiresInSeconds === undefined
    ? (expiryIn(accessToken) ?? null)
    : nowSeconds + expiresInSeconds
}

/** Read without a check: the token came straight from the issuer. */
function expiryIn(accessToken: string): number | undefined {
  try {
    return decodeJwt(accessToken).exp
  } catch {
    return undefined
  }
}

export function hasExpired({ expiresAt }: OidcTokens, nowSeconds: number): boolean {
  return expiresAt !== null && expiresAt <= nowSeconds
}

export function tokensData(tokens: OidcTokens): JsonObject {
  return { ...tokens }
}

/** The tokens that a session's data holds. */
export function readTokens(data: JsonObject): OidcTokens | undefined {
  const { issuer, subject, accessToken, expiresAt, refreshToken, idToken } = data
  const isWhole =
    typeof issuer === 'string' && typeof subject === 'string' && typeof accessToken === 'string'
  if (!isWhole) return undefined
  return {
    issuer,
    subject,
    accessToken,
    expiresAt: typeof expiresAt === 'number' ? expiresAt : null,
    refreshToken: typeof refreshToken === 'string' ? refreshToken : null,
    idToken: typeof idToken === 'string' ? idToken : null,
  }
}
