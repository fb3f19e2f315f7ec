import { nextVersion } from '../api-key.ts'
import { auditEntry } from '../audit.ts'
import { insertAudit, saveKeyState } from '../store.ts'
import type { Uses } from '../uses.ts'
import { lockToken } from './token-store.ts'
import { allowTokens, noSuchToken, toTokenName, type Token } from './token.ts'

export interface TokenChanges {
  /** What is not given stays. */
  readonly name?: string
  readonly status: 'active' | 'inactive'
}

/**
 * Renames one of the caller's own tokens, or switches it off and on.
 * @throws DomainError `not-found`, also for the token of somebody else, or `invalid`.
 */
export async function updateToken(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  id: string,
  { name, status }: TokenChanges,
): Promise<Token> {
  const { userId } = allowTokens(ctx.caller)
  const now = ctx.clock.nowSeconds()
  return ctx.db.write(async (tx) => {
    const token = await lockToken(tx, userId, id)
    if (token === undefined) throw noSuchToken()
    const isSameName = name === undefined || name === token.name
    const kept = isSameName ? token.name : toTokenName(name, 3)
    if (kept === token.name && status === token.status) return token
    const updated = { ...token, name: kept, status, updatedAt: nextVersion(token, now) }
    await saveKeyState(tx, updated)
    const changes = { name: kept, status }
    await insertAudit(tx, [auditEntry(ctx, { kind: 'api-key', id }, 'update', changes)])
    return updated
  })
}
