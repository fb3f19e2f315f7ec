import { isUsable } from './api-key.ts'
import { apiKeyCaller, type Caller } from './caller.ts'
import { heldKeysById } from './store.ts'
import type { Uses } from './uses.ts'

/**
 * Whoever holds a key, for work that it asked for earlier, with what the key may do now; undefined
 * for one that opens nothing any more.
 */
export async function callerOfKey(
  ctx: Uses<'db' | 'clock'>,
  keyId: string,
): Promise<Caller | undefined> {
  const [key] = await ctx.db.run(heldKeysById, [keyId])
  return key && isUsable(key, ctx.clock.nowSeconds()) ? apiKeyCaller(key) : undefined
}
