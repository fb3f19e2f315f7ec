import { DomainError } from '../../platform/domain-error.ts'
import { planThunderKey, saveNewThunderKey, type CreatedThunderKey } from './create-thunder-key.ts'
import { wasThereAnAdminKey } from './thunder-key-store.ts'
import { opensSetup } from './users/allow-first-admin.ts'
import { isThereAnActiveAdmin, lockUsers } from './users/user-store.ts'
import type { Uses } from './uses.ts'

export interface Bootstrap {
  readonly name: string
  readonly secret: string
  /** What the operator set; each of them opens. None switches the door off. */
  readonly setupTokens: readonly string[]
}

/**
 * Makes the first admin key for whoever knows a setup token, and none once there is an admin who can
 * log in, or ever was such a key, an ended one included. Source: thunder contract §1.5, rulings §3.
 * @throws DomainError `forbidden` when no token is set, `unauthenticated` for another secret,
 * `conflict` when there is an admin or was an admin key; in that order.
 */
export async function bootstrapAdmin(
  ctx: Uses<'db' | 'clock' | 'ids' | 'vault' | 'caller'>,
  { name, secret, setupTokens }: Bootstrap,
): Promise<CreatedThunderKey> {
  if (setupTokens.length === 0) {
    throw new DomainError('forbidden', 'Bootstrap is off: the server was given no BOOTSTRAP_SECRET')
  }
  if (!opensSetup(setupTokens, secret)) {
    throw new DomainError('unauthenticated', 'The bootstrap secret is wrong')
  }
  const description = 'first admin key'
  const input = { name, description, label: null, isAdmin: true, expiresAt: null }
  const planned = planThunderKey(ctx, input)
  return ctx.db.write(async (tx) => {
    await lockUsers(tx)
    if (await isThereAnActiveAdmin(tx))
      throw new DomainError('conflict', 'There is an admin already')
    if (await wasThereAnAdminKey(tx)) {
      throw new DomainError('conflict', 'There is an admin key already')
    }
    return saveNewThunderKey(ctx, tx, planned)
  })
}
