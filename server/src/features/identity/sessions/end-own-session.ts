import { auditEntry } from '../audit.ts'
import { insertAudit } from '../store.ts'
import type { Uses } from '../uses.ts'
import { deleteSession } from './session-store.ts'

/**
 * Ends the session that the caller came with, at once and in every process. Who came with none has
 * nothing to end.
 */
export async function endOwnSession(ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>): Promise<void> {
  const { caller } = ctx
  if (caller.kind !== 'session') return
  const target = { kind: 'user', id: caller.userId }
  await ctx.db.write(async (tx) => {
    await deleteSession(tx, caller.sessionId)
    await insertAudit(tx, [auditEntry(ctx, target, 'logout', {})])
  })
}
