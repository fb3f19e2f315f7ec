import type { ApiKey } from '../api-key.ts'
import type { Uses } from '../uses.ts'
import { allowOwnKeys, noSuchKey } from './own-key.ts'
import { countOwnKeys, findOwnKey, selectOwnKeys, type OwnKeyCount } from './own-key-store.ts'

/** The caller's own keys, the newest first, revoked ones too. */
export async function listOwnKeys(ctx: Uses<'db' | 'caller'>): Promise<readonly ApiKey[]> {
  const userId = allowOwnKeys(ctx.caller)
  return ctx.db.read((tx) => selectOwnKeys(tx, userId))
}

/** One of the caller's own keys. Throws `not-found`, also for somebody else's. */
export async function getOwnKey(ctx: Uses<'db' | 'caller'>, id: string): Promise<ApiKey> {
  const userId = allowOwnKeys(ctx.caller)
  const key = await ctx.db.read((tx) => findOwnKey(tx, userId, id))
  if (key === undefined) throw noSuchKey()
  return key
}

/** How many keys the caller has, and how often they were used. */
export async function countKeyUse(ctx: Uses<'db' | 'caller'>): Promise<OwnKeyCount> {
  const userId = allowOwnKeys(ctx.caller)
  return ctx.db.read((tx) => countOwnKeys(tx, userId))
}
