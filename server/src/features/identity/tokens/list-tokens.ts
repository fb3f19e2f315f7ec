import type { Uses } from '../uses.ts'
import { selectTokens, type TokenPage } from './token-store.ts'
import { allowTokens, type Token } from './token.ts'

export interface TokenList {
  readonly tokens: readonly Token[]
  readonly total: number
}

/** A page of the caller's own tokens, the newest first. */
export async function listTokens(ctx: Uses<'db' | 'caller'>, page: TokenPage): Promise<TokenList> {
  const { userId } = allowTokens(ctx.caller)
  return ctx.db.read((tx) => selectTokens(tx, userId, page))
}
