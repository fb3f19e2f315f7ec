import { mayUse } from './allow.ts'
import { nameOf, ownerKeyOf } from './caller.ts'
import { shownOwner } from './owner-key.ts'
import { labelOf } from './thunder-key.ts'
import { thunderKeyById } from './thunder-key-store.ts'
import type { Uses } from './uses.ts'

/** Who a caller is, as it is told to itself. */
export interface CallerIdentity {
  readonly name: string
  /** The owner whose rows it reaches: in full for an admin, else its first characters. */
  readonly label: string | null
  readonly isAdmin: boolean
}

/** Tells a caller who it is. */
export async function describeCaller(
  ctx: Uses<'db' | 'vault' | 'caller'>,
): Promise<CallerIdentity> {
  const { caller } = ctx
  const name = nameOf(caller)
  const isAdmin = mayUse(caller, 'keys:manage') && ownerKeyOf(caller) === undefined
  if (caller.kind !== 'apiKey') return { name, label: null, isAdmin }
  const key = await ctx.db.run(thunderKeyById, caller.keyId)
  // The key of an engine has no row: what it is called is what may be shown of it.
  if (key === undefined) return { name, label: name, isAdmin }
  const label = labelOf(ctx, key)
  const isShownWhole = isAdmin || key.sealedLabel === null || label === null
  return { name, label: isShownWhole ? label : shownOwner(label), isAdmin }
}
