import { allow, auditEntry, insertAudit, type Uses } from '../identity/index.ts'
import type { KeyProvider } from './provider.ts'
import { toKeyProvider } from './save-provider-key.ts'
import { clearSecret } from './store.ts'

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
    const target = { kind: 'provider-key', id: provider }
    if (hadKey) await insertAudit(tx, [auditEntry(ctx, target, 'delete', {})])
  })
  return provider
}
