import { allow } from './allow.ts'
import type { ApiKey } from './api-key.ts'
import { ownerKeyOf } from './caller.ts'
import { selectKeys } from './store.ts'
import type { Uses } from './uses.ts'

/** All keys, the oldest first; for a caller limited to one owner, that owner's. */
export async function listApiKeys(ctx: Uses<'db' | 'caller'>): Promise<readonly ApiKey[]> {
  allow(ctx.caller, 'keys:manage')
  return ctx.db.read((tx) => selectKeys(tx, { subject: ownerKeyOf(ctx.caller) }))
}
