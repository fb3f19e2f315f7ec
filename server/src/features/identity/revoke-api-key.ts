import { allow } from './allow.ts'
import type { ApiKey } from './api-key.ts'
import { auditEntry } from './audit.ts'
import { findOneKey } from './find-one-key.ts'
import { insertAudit, markRevoked } from './store.ts'
import type { Uses } from './uses.ts'

/**
 * Ends a key for good, named by its id or its shown prefix, and gives it. Ending an ended key
 * again changes nothing. What was opened with the key and is still open learns it from `CallerWatch`.
 * @throws DomainError `not-found`, or `conflict` when the prefix fits several keys.
 */
export async function revokeApiKey(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  reference: string,
): Promise<ApiKey> {
  allow(ctx.caller, 'keys:manage')
  const now = ctx.clock.nowSeconds()
  return ctx.db.write(async (tx) => {
    const key = await findOneKey(ctx, tx, reference)
    if (key.status === 'revoked') return key
    await markRevoked(tx, key.id, now)
    await insertAudit(tx, [auditEntry(ctx, { kind: 'api-key', id: key.id }, 'revoke', {})])
    return { ...key, status: 'revoked', updatedAt: now }
  })
}
