import { allow, auditEntry, dropShareLink, insertAudit, type Uses } from '../identity/index.ts'
import { removeSpan } from '../traces/index.ts'
import { ownLog } from './share-log.ts'

/**
 * Deletes a log with its span, a trace that has no other, its memberships, discussions and public
 * link; for its owner and admins. No copy outlives it anywhere: whoever reads a log asks for its row
 * first, and its number is never given to another. Throws `not-found`, `forbidden`. Source: rulings §9.
 */
export async function deleteLog(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  requestId: string,
): Promise<void> {
  allow(ctx.caller, 'logs:write')
  await ctx.db.write(async (tx) => {
    const found = await ownLog(tx, ctx.caller, requestId)
    await removeSpan(tx, found)
    await dropShareLink(tx, { kind: 'log', targetId: requestId })
    await insertAudit(tx, [auditEntry(ctx, { kind: 'log', id: requestId }, 'delete', {})])
  })
}
