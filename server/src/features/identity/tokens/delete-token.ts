import { nextVersion } from '../api-key.ts'
import { auditEntry } from '../audit.ts'
import { insertAudit, saveKeyState } from '../store.ts'
import type { Uses } from '../uses.ts'
import { lockToken } from './token-store.ts'
import { allowTokens, noSuchToken } from './token.ts'

/**
 * Ends one of the caller's own tokens for good.
 * @throws DomainError `not-found`, also for the token of somebody else.
 */
export async function deleteToken(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  id: string,
): Promise<void> {
  const { userId } = allowTokens(ctx.caller)
  const now = ctx.clock.nowSeconds()
  await ctx.db.write(async (tx) => {
    const token = await lockToken(tx, userId, id)
    if (token === undefined) throw noSuchToken()
    await saveKeyState(tx, { ...token, status: 'revoked', updatedAt: nextVersion(token, now) })
    await insertAudit(tx, [auditEntry(ctx, { kind: 'api-key', id }, 'revoke', {})])
  })
}
