import { DomainError } from '../../platform/domain-error.ts'
import { nextVersion } from './api-key.ts'
import { auditEntry } from './audit.ts'
import { insertAudit } from './store.ts'
import { saveThunderKey, selectActiveThunderKey } from './thunder-key-store.ts'
import {
  allowGiving,
  allowManaging,
  isAdminKey,
  keptLabel,
  powersOf,
  toKeyName,
  toLabel,
  toStored,
  type ThunderKey,
} from './thunder-key.ts'
import type { Uses } from './uses.ts'

/** What is left out stays. */
export interface ThunderKeyChanges {
  readonly name?: string
  readonly description?: string
  /** Empty for none. */
  readonly label?: string
  readonly isAdmin?: boolean
}

function changed(ctx: Uses<'vault'>, key: ThunderKey, changes: ThunderKeyChanges): ThunderKey {
  const { name, description, label, isAdmin = isAdminKey(key) } = changes
  const { loginKey, sealedLabel } = label === undefined ? key : keptLabel(ctx, toLabel(label))
  const isEmpowered = label !== undefined || changes.isAdmin !== undefined
  return {
    ...key,
    name: name === undefined ? key.name : toKeyName(name),
    description: description === undefined ? key.description : toStored(description),
    ...(isEmpowered && powersOf(key.id, { isAdmin, loginKey })),
    loginKey,
    sealedLabel,
  }
}

/**
 * Changes one of Thunder's keys that is switched on. What it may do and reach from then on holds
 * for its next request; what it has open is ended. Nothing given is nothing looked up.
 * @throws DomainError `unauthenticated` when there is no such key, as the wire wants it; `forbidden`.
 */
export async function updateThunderKey(
  ctx: Uses<'db' | 'clock' | 'ids' | 'vault' | 'caller'>,
  number: number,
  changes: ThunderKeyChanges,
): Promise<void> {
  allowManaging(ctx.caller)
  if (Object.keys(changes).length === 0) return
  await ctx.db.write(async (tx) => {
    const key = await selectActiveThunderKey(tx, number)
    if (key === undefined) throw noSuchKey()
    const next = changed(ctx, key, changes)
    if (isAdminKey(next)) allowGiving(ctx.caller, next.scopes)
    await saveThunderKey(tx, { ...next, updatedAt: nextVersion(key, ctx.clock.nowSeconds()) })
    const { label, ...told } = changes
    const noted = { ...told, ...(label !== undefined && { label: '(secret)' }) }
    await insertAudit(tx, [auditEntry(ctx, { kind: 'api-key', id: key.id }, 'update', noted)])
  })
}

export function noSuchKey(): DomainError {
  return new DomainError('unauthenticated', 'There is no such active key')
}
