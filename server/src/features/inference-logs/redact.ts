import { openOwner, shownOwner, type Uses } from '../identity/index.ts'
import { isAdmin } from './access.ts'

/** The key that a log came with: for an admin the key itself, for anybody else nothing. */
export function ownerShownTo(
  ctx: Uses<'vault' | 'caller'>,
  { sealedOwner }: { readonly sealedOwner: string | null },
): string | null {
  return isAdmin(ctx.caller) && sealedOwner !== null ? openOwner(ctx, sealedOwner) : null
}

/** How an owner is named: by the key itself to an admin, by its first characters to anybody else. */
export function ownerLabel(ctx: Uses<'vault' | 'caller'>, sealedOwner: string): string {
  const key = openOwner(ctx, sealedOwner)
  return isAdmin(ctx.caller) ? key : shownOwner(key)
}
