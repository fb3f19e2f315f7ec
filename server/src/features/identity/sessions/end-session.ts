import type { Tx } from '../../../platform/db/database.ts'
import { auditEntry } from '../audit.ts'
import { insertAudit } from '../store.ts'
import type { Uses } from '../uses.ts'
import { deleteSession, deleteSessionsOf, deleteSessionsOver } from './session-store.ts'

export interface EndedSession {
  readonly id: string
  readonly userId: string
  /** Where it was not the person who ended it. */
  readonly why?: string
}

/** Ends one session of a person, at once and in every process, with its line in the audit. */
export async function endOneSession(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  { id, userId, ...changes }: EndedSession,
): Promise<void> {
  await ctx.db.write(async (tx) => {
    await deleteSession(tx, id)
    await insertAudit(tx, [auditEntry(ctx, { kind: 'user', id: userId }, 'logout', changes)])
  })
}

/**
 * Ends all sessions of a person within the transaction of what makes them end; `exceptId` names one
 * that goes on. Gives their number.
 */
export function endSessionsOf(
  tx: Tx,
  userId: string,
  { exceptId = null }: { readonly exceptId?: string | null } = {},
): Promise<number> {
  return deleteSessionsOf(tx, userId, exceptId)
}

/** Removes the rows of sessions that are over; they open nothing anyway. Gives their number. */
export function dropExpiredSessions({ db, clock }: Uses<'db' | 'clock'>): Promise<number> {
  const now = clock.nowSeconds()
  return db.write((tx) => deleteSessionsOver(tx, now))
}
