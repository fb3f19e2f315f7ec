import { isUsable } from './api-key.ts'
import { keysById } from './store.ts'
import type { Uses } from './uses.ts'

/** Those of the keys, by id, that still open something now: for what stays open after a request. */
export async function findUsableKeys(
  ctx: Uses<'db' | 'clock'>,
  keyIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (keyIds.length === 0) return new Set()
  const keys = await ctx.db.run(keysById, keyIds)
  const nowSeconds = ctx.clock.nowSeconds()
  return new Set(keys.filter((key) => isUsable(key, nowSeconds)).map(({ id }) => id))
}
