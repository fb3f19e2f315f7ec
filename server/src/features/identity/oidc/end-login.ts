import { DomainError } from '../../../platform/domain-error.ts'
import { hashToken } from '../../../platform/secrets/tokens.ts'
import { endOneSession } from '../sessions/end-session.ts'
import { getSession } from '../sessions/find-session.ts'
import type { Uses } from '../uses.ts'
import type { OidcProvider } from './oidc-provider.ts'
import { readTokens, type OidcTokens } from './oidc-tokens.ts'

export interface Logout {
  /** Of the cookie that the browser loses; undefined where it keeps its own. */
  readonly secret: string | undefined
  /** Where the issuer sends the browser afterwards; it must know the address. */
  readonly returnTo: string
  /** For how long the issuer is asked. */
  readonly waitMs?: number
}

type Powers = Uses<'db' | 'clock' | 'ids' | 'vault' | 'caller'> & {
  readonly oidc: OidcProvider | undefined
}

const usualWaitMs = 2000

/**
 * Ends the session that the caller came with, and the one that the lost cookie names: whether that
 * one stands is not asked, since it would be back with an issuer that only was away. Gives where the
 * browser may end its login at the issuer as well. Undefined for a login of another kind, and where
 * the issuer has no such place or does not tell it soon: here the login has ended before that.
 */
export async function endLogin(
  ctx: Powers,
  { secret, returnTo, waitMs = usualWaitMs }: Logout,
): Promise<string | undefined> {
  const own = ctx.caller.kind === 'session' ? [ctx.caller.sessionId] : []
  const lost = secret === undefined ? [] : [hashToken(secret)]
  const ended = await Promise.all([...new Set([...own, ...lost])].map((id) => endById(ctx, id)))
  const tokens = ended.find((one) => one !== undefined)
  return tokens && (await placeAtIssuer(ctx, tokens, { returnTo, waitMs }))
}

/** Gives the tokens of the issuer that it kept. A login that has only begun ends by itself. */
async function endById(ctx: Powers, id: string): Promise<OidcTokens | undefined> {
  const session = await getSession(ctx, id)
  if (session === undefined || session.userId === null) return undefined
  await endOneSession(ctx, { id, userId: session.userId })
  return session.kind === 'oidc' ? readTokens(session.data) : undefined
}

async function placeAtIssuer(
  { oidc }: Powers,
  tokens: OidcTokens,
  { returnTo, waitMs }: { readonly returnTo: string; readonly waitMs: number },
): Promise<string | undefined> {
  try {
    return await oidc?.endSessionUrl(tokens, returnTo, AbortSignal.timeout(waitMs))
  } catch (error) {
    if (error instanceof DomainError) return undefined
    throw error
  }
}
