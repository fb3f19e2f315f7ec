import { nextVersion, type ApiKey } from '../api-key.ts'
import { auditEntry } from '../audit.ts'
import { insertAudit, saveKeyState } from '../store.ts'
import type { Uses } from '../uses.ts'
import { allowOwnKeys, checkOwnKeyName, noSuchKey } from './own-key.ts'
import { lockOwnKey } from './own-key-store.ts'

type Powers = Uses<'db' | 'clock' | 'ids' | 'caller'>

/** Renames one of the caller's own keys. Throws `not-found`, also for somebody else's; `invalid`. */
export async function renameOwnKey(ctx: Powers, id: string, name: string): Promise<ApiKey> {
  return change(ctx, id, 'update', { name: checkOwnKeyName(name) })
}

/**
 * Ends one of the caller's own keys for good, at once and in every process; doing it again changes
 * nothing. Throws `not-found`, also for somebody else's.
 */
export function revokeOwnKey(ctx: Powers, id: string): Promise<ApiKey> {
  return change(ctx, id, 'revoke', { status: 'revoked' })
}

type Changes = Partial<Pick<ApiKey, 'name' | 'status'>>

async function change(
  ctx: Powers,
  id: string,
  action: 'update' | 'revoke',
  changes: Changes,
): Promise<ApiKey> {
  const userId = allowOwnKeys(ctx.caller)
  const now = ctx.clock.nowSeconds()
  return ctx.db.write(async (tx) => {
    const key = await lockOwnKey(tx, userId, id)
    if (key === undefined) throw noSuchKey()
    const changed = { ...key, ...changes }
    if (changed.name === key.name && changed.status === key.status) return key
    const saved = { ...changed, updatedAt: nextVersion(key, now) }
    await saveKeyState(tx, saved)
    await insertAudit(tx, [auditEntry(ctx, { kind: 'api-key', id }, action, changes)])
    return saved
  })
}
