import { allow, mayUse } from './allow.ts'
import type { Caller } from './caller.ts'
import { planThunderKey, saveNewThunderKey, type CreatedThunderKey } from './create-thunder-key.ts'
import { isNarrowed } from './narrowed-caller.ts'
import { toKeyName } from './thunder-key.ts'
import type { Uses } from './uses.ts'

export interface NewPlaygroundKey {
  /** What the session is called; null for a name made of the key's prefix. */
  readonly sessionId: string | null
  /** Unix seconds; null for a key that does not end. */
  readonly expiresAt: number | null
  /** The operator lets everybody in, also whoever may not run completions. */
  readonly isOpenToAll?: boolean
}

/**
 * Makes a key for one visit to the playground: it reaches what is logged under its own secret and
 * nothing else, on Thunder alone. It runs completions only if its maker may: what an open
 * playground gives to strangers must do no more than the playground does for everybody.
 */
export async function createPlaygroundKey(
  ctx: Uses<'db' | 'clock' | 'ids' | 'vault' | 'caller'>,
  { sessionId, expiresAt, isOpenToAll = false }: NewPlaygroundKey,
): Promise<CreatedThunderKey> {
  if (!isOpenToAll) allow(ctx.caller, 'completions:run')
  const description = 'playground session key'
  const input = { name: '', description, label: null, isAdmin: false, expiresAt }
  const { key, ...rest } = planThunderKey(ctx, input, true)
  const name = toKeyName(sessionId ?? '') || `playground_${key.prefix}...`
  const scopes = key.scopes.filter((scope) => scope !== 'completions:run' || mayGive(ctx.caller))
  const planned = { ...rest, key: { ...key, name, scopes } }
  return ctx.db.write((tx) => saveNewThunderKey(ctx, tx, planned))
}

/** What a key with limits gave away would come on top of them. */
function mayGive(caller: Caller): boolean {
  return mayUse(caller, 'completions:run') && !isNarrowed(caller)
}
