import { allowManaging, isAdminKey, labelOf, type ShownThunderKey } from './thunder-key.ts'
import { selectThunderKeys } from './thunder-key-store.ts'
import type { Uses } from './uses.ts'

/** All of Thunder's keys with their labels, ended ones too, the newest first. For admins. */
export async function listThunderKeys(
  ctx: Uses<'db' | 'vault' | 'caller'>,
): Promise<readonly ShownThunderKey[]> {
  allowManaging(ctx.caller)
  const keys = await ctx.db.read(selectThunderKeys)
  return keys.map((key) => ({ key, label: labelOf(ctx, key), isAdmin: isAdminKey(key) }))
}
