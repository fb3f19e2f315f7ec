import { DomainError } from '../../platform/domain-error.ts'
import { allow, auditEntry, insertAudit, userIdOf, type Uses } from '../identity/index.ts'
import { isKeyProvider, providerKeyPurpose, type KeyProvider } from './key-provider.ts'
import { saveSecrets } from './connection-store.ts'
import { publishChange } from './models-event.ts'

const longestKey = 10_000

/** The provider of that name. Throws `invalid` for a name that is none. */
export function toKeyProvider(name: string): KeyProvider {
  if (isKeyProvider(name)) return name
  throw new DomainError('invalid', `Unsupported provider: ${name}`)
}

/**
 * Stores a provider's key, sealed and exactly as given, in place of an earlier one.
 * @throws DomainError `invalid` for an unknown provider and for an empty or overlong key.
 */
export async function saveProviderKey(
  ctx: Uses<'db' | 'clock' | 'ids' | 'vault' | 'caller'>,
  providerName: string,
  secret: string,
): Promise<KeyProvider> {
  allow(ctx.caller, 'settings:manage')
  const provider = toKeyProvider(providerName)
  if (secret === '') throw new DomainError('invalid', 'The key is empty')
  if (secret.length > longestKey) {
    throw new DomainError('invalid', `A key has at most ${longestKey} characters`)
  }
  const connection = {
    id: ctx.ids.uuid(),
    name: provider,
    sealedSecret: ctx.vault.seal(secret, providerKeyPurpose),
    createdBy: userIdOf(ctx.caller),
    at: ctx.clock.nowSeconds(),
  }
  const target = { kind: 'provider-key', id: provider }
  await ctx.db.write(async (tx) => {
    await saveSecrets(tx, [connection])
    publishChange(tx)
    await insertAudit(tx, [auditEntry(ctx, target, 'update', { secret: '(secret)' })])
  })
  return provider
}
