import type { Tx } from '../../../platform/db/database.ts'
import type { Uses } from '../uses.ts'
import { deleteSessionsOf, deleteSessionsOver } from './session-store.ts'

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
