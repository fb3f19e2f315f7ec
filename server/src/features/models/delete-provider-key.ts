import { allow, auditEntry, insertAudit, type Uses } from '../identity/index.ts'
import type { KeyProvider } from './key-provider.ts'
import { clearSecret } from './connection-store.ts'
import { publishChange } from './models-event.ts'
import { toKeyProvider } from './save-provider-key.ts'

/**
 * Forgets a provider's stored key; doing so again changes nothing.
 * @throws DomainError `invalid` for an unknown provider.
 */
export async function deleteProviderKey(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  providerName: string,
): Promise<KeyProvider> {
  allow(ctx.caller, 'settings:manage')
  const provider = toKeyProvider(providerName)
  await ctx.db.write(async (tx) => {
    const hadKey = await clearSecret(tx, provider, ctx.clock.nowSeconds())
    if (!hadKey) return
    const target = { kind: 'provider-key', id: provider }
    await insertAudit(tx, [auditEntry(ctx, target, 'delete', {})])
    publishChange(tx)
  })
  return provider
}
