import type { Tx } from '../../platform/db/database.ts'
import { DomainError } from '../../platform/domain-error.ts'
import type { Caller } from '../identity/index.ts'
import { mayRead } from './access.ts'
import { findLogAccess, type FoundLog } from './log-store.ts'

/**
 * A log whose notes the caller may see. Throws `not-found`, else `forbidden` for whoever may not
 * read it, a caller without a key included. Source: thunder contract §1.7.
 */
export async function readableLog(tx: Tx, caller: Caller, requestId: string): Promise<FoundLog> {
  const found = await findLogAccess(tx, requestId)
  if (found === undefined) throw new DomainError('not-found', 'Request not found')
  if (mayRead(caller, found)) return found
  throw new DomainError('forbidden', 'This log is private and belongs to another key')
}
