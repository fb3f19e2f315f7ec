import { DomainError } from '../../platform/domain-error.ts'
import { allow } from './allow.ts'
import { auditAfter, pageOfAudit, type AuditedAct, type AuditFilter } from './audit-store.ts'
import { ownerKeyOf, type Caller } from './caller.ts'
import type { Uses } from './uses.ts'

/** A page of what was done, the latest first, and how much there is. Needs `audit:read`. */
export async function listAudit(
  ctx: Uses<'db' | 'caller'>,
  filter: AuditFilter,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ readonly acts: readonly AuditedAct[]; readonly total: number }> {
  allowAudit(ctx.caller)
  return ctx.db.run(pageOfAudit, { ...filter, ...page })
}

/** So many rows are held at a time. */
const exportRows = 500

/**
 * All that was done up to now, the oldest first, a few hundred at a time: the next ones are read
 * when they are asked for. Needs `audit:read`, which is checked at once.
 */
export function exportAudit(
  ctx: Uses<'db' | 'clock' | 'caller'>,
  filter: AuditFilter,
): AsyncIterable<readonly AuditedAct[]> {
  allowAudit(ctx.caller)
  const now = ctx.clock.nowSeconds()
  const { to = now } = filter
  // What is noted meanwhile would keep a busy server's export from ending.
  return pagesOf(ctx, { ...filter, to: Math.min(to, now) })
}

async function* pagesOf({ db }: Uses<'db'>, filter: AuditFilter) {
  let after: AuditedAct | undefined
  do {
    const last = after && { at: after.at, id: after.id }
    const acts = await db.run(auditAfter, { ...filter, after: last, limit: exportRows })
    yield acts
    after = acts.length < exportRows ? undefined : acts.at(-1)
  } while (after !== undefined)
}

/** Whoever reaches only the rows of one owner does not read what others did. */
function allowAudit(caller: Caller): void {
  allow(caller, 'audit:read')
  if (ownerKeyOf(caller) === undefined) return
  throw new DomainError('forbidden', 'This key reaches only what belongs to its owner')
}
