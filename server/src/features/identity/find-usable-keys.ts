import { isUsable, versionOf } from './api-key.ts'
import { ownerKeyId, ownerKeysOfIds } from './caller.ts'
import { heldKeysById } from './store.ts'
import { ownersWithLogs } from './thunder-key-store.ts'
import type { Uses } from './uses.ts'

/** An engine's key has no powers that could change. */
const unchanging = ''

/**
 * Those of the keys, by id, that still open something now, each with the version of its powers:
 * for what stays open after a request. The key of an engine holds while anything is logged under
 * it, and its powers never change.
 */
export async function findUsableKeys(
  ctx: Uses<'db' | 'clock'>,
  keyIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (keyIds.length === 0) return new Map()
  const keys = await ctx.db.run(heldKeysById, keyIds)
  const ownerKeys = ownerKeysOfIds(keyIds)
  const owners = ownerKeys.length === 0 ? [] : await ctx.db.run(ownersWithLogs, ownerKeys)
  const nowSeconds = ctx.clock.nowSeconds()
  const usable = keys.filter((key) => isUsable(key, nowSeconds))
  return new Map([
    ...usable.map((key) => [key.id, versionOf(key)] as const),
    ...owners.map((ownerKey) => [ownerKeyId(ownerKey), unchanging] as const),
  ])
}
