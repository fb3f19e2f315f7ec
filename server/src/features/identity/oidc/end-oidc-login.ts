import { DomainError } from '../../../platform/domain-error.ts'
import { getSession } from '../sessions/find-session.ts'
import type { Uses } from '../uses.ts'
import { readTokens } from './oidc-tokens.ts'
import type { OidcProvider } from './oidc-provider.ts'

export interface OidcLogout {
  readonly sessionId: string
  /** Where the issuer sends the browser afterwards; it must know the address. */
  readonly returnTo: string
}

/**
 * Where a browser may go to end its login at the issuer as well; ask before the session ends.
 * Undefined for a login of another kind, and where the issuer has no such place or is not there:
 * who logs out here must not wait for it.
 */
export async function endOidcLogin(
  ctx: Uses<'db' | 'clock' | 'vault'> & { readonly oidc: OidcProvider | undefined },
  { sessionId, returnTo }: OidcLogout,
): Promise<string | undefined> {
  const session = await getSession(ctx, sessionId)
  const tokens = session?.kind === 'oidc' ? readTokens(session.data) : undefined
  if (tokens === undefined || ctx.oidc === undefined) return undefined
  try {
    return await ctx.oidc.endSessionUrl(tokens.idToken ?? undefined, returnTo)
  } catch (error) {
    if (error instanceof DomainError) return undefined
    throw error
  }
}
