import type { ApiKey } from '../api-key.ts'
import type { Uses } from '../uses.ts'
import { checkTokenForm, clientIdOf, tokenPrefixOf } from './bodhi-token.ts'
import type { InstallName } from './create-token.ts'
import { isPrefixKnown } from './token-store.ts'

export type TokenFault =
  | 'token_error-invalid_token'
  | 'token_error-expired'
  | 'auth_error-token_not_found'
  | 'auth_error-token_inactive'

/**
 * Why a token of Bodhi's opens nothing, as its clients are told; undefined for a secret of another
 * kind. `key` is what its hash led to. Asks the database only about a token that is well formed, says
 * that this install made it, and did not lead anywhere. Source: bodhi contract §3.9.
 */
export async function explainToken(
  ctx: Uses<'db'> & Partial<InstallName>,
  secret: string,
  key: ApiKey | undefined,
): Promise<TokenFault | undefined> {
  const form = checkTokenForm(secret)
  if (form === 'other') return undefined
  if (form === 'broken') return 'token_error-invalid_token'
  if (key !== undefined) return faultOf(key)
  const isForeign = ctx.clientId !== undefined && clientIdOf(secret) !== ctx.clientId
  const isKnown = !isForeign && (await ctx.db.run(isPrefixKnown, tokenPrefixOf(secret)))
  return isForeign || isKnown ? 'token_error-invalid_token' : 'auth_error-token_not_found'
}

function faultOf({ status, ownerRole }: ApiKey): TokenFault {
  if (status === 'active' && ownerRole === 'gone') return 'auth_error-token_inactive'
  switch (status) {
    case 'active':
      return 'token_error-expired'
    case 'inactive':
      return 'auth_error-token_inactive'
    case 'revoked':
      return 'auth_error-token_not_found'
  }
}
