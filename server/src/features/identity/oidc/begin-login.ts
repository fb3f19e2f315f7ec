import { startAnonymousSession } from '../sessions/start-session.ts'
import type { Uses } from '../uses.ts'
import { attemptData, newAttempt, type LoginAttempt } from './login-attempt.ts'
import type { OidcProvider } from './oidc-provider.ts'

export interface LoginBeginning extends Pick<LoginAttempt, 'redirectUri' | 'mayBecomeAdmin'> {
  readonly ip: string | null
  readonly userAgent: string | null
}

export interface BegunLogin {
  /** Where the browser goes next. */
  readonly location: string
  /** Of the session that keeps state, verifier and nonce; for the browser's cookie. */
  readonly secret: string
}

/**
 * Begins a login at the issuer. Source: bodhi contract §3.3.
 * @throws DomainError `unavailable` when the issuer cannot be asked where that is.
 */
export async function beginLogin(
  ctx: Uses<'db' | 'clock' | 'vault'> & { readonly oidc: OidcProvider },
  { ip, userAgent, redirectUri, mayBecomeAdmin }: LoginBeginning,
): Promise<BegunLogin> {
  const attempt = newAttempt({ redirectUri, mayBecomeAdmin })
  const location = await ctx.oidc.authorizationUrl(attempt)
  const data = attemptData(attempt)
  const { secret } = await startAnonymousSession(ctx, { data, ip, userAgent })
  return { location, secret }
}
