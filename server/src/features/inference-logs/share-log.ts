import type { Tx } from '../../platform/db/database.ts'
import { DomainError } from '../../platform/domain-error.ts'
import {
  allow,
  auditEntry,
  dropShareLink,
  findShareTarget,
  insertAudit,
  mintShareLink,
  type Caller,
  type Uses,
} from '../identity/index.ts'
import { owns } from './access.ts'
import { findLogAccess, type FoundLog } from './log-store.ts'
import { setPublic, touchLog } from './notes-store.ts'

type Sharing = Uses<'db' | 'clock' | 'ids' | 'vault' | 'caller'>

/**
 * Makes a log public and gives the token of its new link; an old link is dead at once. For its
 * owner and admins. Throws `not-found`, `forbidden`. Source: thunder contract §1.10.
 */
export async function shareLog(ctx: Sharing, requestId: string): Promise<string> {
  allow(ctx.caller, 'logs:write')
  return ctx.db.write(async (tx) => {
    await ownLog(tx, ctx.caller, requestId)
    await touchLog(tx, requestId)
    await setPublic(tx, requestId, true)
    await insertAudit(tx, [auditOf(ctx, requestId, true)])
    return mintShareLink(ctx, tx, { kind: 'log', targetId: requestId })
  })
}

/** Makes a log private, as it may be already; its link is dead at once. */
export async function unshareLog(ctx: Sharing, requestId: string): Promise<void> {
  allow(ctx.caller, 'logs:write')
  await ctx.db.write(async (tx) => {
    await ownLog(tx, ctx.caller, requestId)
    await touchLog(tx, requestId)
    await setPublic(tx, requestId, false)
    await insertAudit(tx, [auditOf(ctx, requestId, false)])
    await dropShareLink(tx, { kind: 'log', targetId: requestId })
  })
}

/** The log that a public link leads to; undefined also once the log is private. */
export async function findSharedLog(tx: Tx, token: string): Promise<FoundLog | undefined> {
  const requestId = await findShareTarget(tx, 'log', token)
  const found = requestId === undefined ? undefined : await findLogAccess(tx, requestId)
  return found?.isPublic === true ? found : undefined
}

/** A log of the caller's own, or any for an admin. Throws `not-found`, `forbidden`. */
export async function ownLog(tx: Tx, caller: Caller, requestId: string): Promise<FoundLog> {
  const found = await findLogAccess(tx, requestId)
  if (found === undefined) throw new DomainError('not-found', 'Request not found')
  if (owns(caller, found)) return found
  throw new DomainError('forbidden', 'This log belongs to another key')
}

function auditOf(ctx: Sharing, id: string, isPublic: boolean) {
  return auditEntry(ctx, { kind: 'log', id }, 'update', { isPublic })
}
