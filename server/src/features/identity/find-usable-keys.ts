import { isUsable } from './api-key.ts'
import { ownerKeyId, ownerKeysOfIds } from './caller.ts'
import { keysById } from './store.ts'
import { ownersWithLogs } from './thunder-key-store.ts'
import type { Uses } from './uses.ts'

/**
 * Those of the keys, by id, that still open something now, each with the version of its powers:
 * for what stays open after a request. The key of an engine holds while anything is logged under
 * it, and its powers never change.
 */
export async function findUsableKeys(
  ctx: Uses<'db' | 'clock'>,
  keyIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (keyIds.length === 0) return new Map()
  const keys = await ctx.db.run(keysById, keyIds)
  const ownerKeys = ownerKeysOfIds(keyIds)
  const owners = ownerKeys.length === 0 ? [] : await ctx.db.run(ownersWithLogs, ownerKeys)
  const nowSeconds = ctx.clock.nowSeconds()
  const usable = keys.filter((key) => isUsable(key, nowSeconds))
  return new Map([
    ...usable.map(({ id, updatedAt }) => [id, updatedAt] as const),
    ...owners.map((ownerKey) => [ownerKeyId(ownerKey), 0] as const),
  ])
}
