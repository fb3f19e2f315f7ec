import { DomainError } from '../../platform/domain-error.ts'
import { nextVersion } from './api-key.ts'
import { auditEntry } from './audit.ts'
import { insertAudit } from './store.ts'
import { saveThunderKey, selectActiveThunderKey } from './thunder-key-store.ts'
import { allowManaging } from './thunder-key.ts'
import { noSuchKey } from './update-thunder-key.ts'
import type { Uses } from './uses.ts'

/**
 * Switches one of Thunder's keys off, at once and everywhere; it stays in the list.
 * @throws DomainError `invalid` for the caller's own key, `unauthenticated` when there is no such
 * key that is on, as the wire wants it.
 */
export async function deactivateThunderKey(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  number: number,
): Promise<void> {
  allowManaging(ctx.caller)
  await ctx.db.write(async (tx) => {
    const key = await selectActiveThunderKey(tx, number)
    if (key === undefined) throw noSuchKey()
    if (ctx.caller.kind === 'apiKey' && ctx.caller.keyId === key.id) {
      throw new DomainError('invalid', 'A key cannot switch itself off')
    }
    const updatedAt = nextVersion(key, ctx.clock.nowSeconds())
    await saveThunderKey(tx, { ...key, status: 'inactive', updatedAt })
    await insertAudit(tx, [auditEntry(ctx, { kind: 'api-key', id: key.id }, 'revoke', {})])
  })
}
