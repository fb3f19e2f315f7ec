import { DomainError } from '../../platform/domain-error.ts'
import { allow } from './allow.ts'
import { nextVersion, type ApiKey } from './api-key.ts'
import { auditEntry } from './audit.ts'
import { findOneKey } from './find-one-key.ts'
import { changeLimits, type KeyLimitChanges } from './key-limits.ts'
import { checkModelGrants } from './model-grants.ts'
import { refuseNarrowed } from './narrowed-caller.ts'
import { insertAudit, saveKeyLimits } from './store.ts'
import type { Uses } from './uses.ts'

/**
 * Changes what a key, named by its id or its shown prefix, may use, and gives it as it is then. It
 * holds from the key's next request on; what was used before counts.
 * @throws DomainError `invalid`, `forbidden`, `not-found`, `conflict` for a prefix that fits several
 * keys.
 */
export async function changeKeyLimits(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  reference: string,
  changes: KeyLimitChanges,
): Promise<ApiKey> {
  allow(ctx.caller, 'keys:manage')
  refuseNarrowed(ctx.caller)
  return ctx.db.write(async (tx) => {
    const key = await findOneKey(ctx, tx, reference)
    if (key.status === 'revoked') throw new DomainError('conflict', 'The key is revoked')
    const limits = changeLimits(key.limits, changes)
    const models = checkModelGrants(changes.models === undefined ? key.models : changes.models)
    const changed = { ...key, limits, models, updatedAt: nextVersion(key, ctx.clock.nowSeconds()) }
    await saveKeyLimits(tx, changed)
    const noted = { limits, models }
    await insertAudit(tx, [auditEntry(ctx, { kind: 'api-key', id: key.id }, 'update', noted)])
    return changed
  })
}
