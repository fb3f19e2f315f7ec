import { DomainError } from '../../platform/domain-error.ts'
import { allow, auditEntry, insertAudit } from '../identity/index.ts'
import { clearSecret, lockModels, removeConnection, selectConnection } from './connection-store.ts'
import type { StoredConnection } from './connection.ts'
import { environmentKeyOf } from './connection-facts.ts'
import type { ModelWriteContext } from './model-context.ts'
import { publishChange } from './models-event.ts'
import { getKeySetting, settingNotFound } from './read-key-settings.ts'

/**
 * Forgets a provider's stored key, and its switch with it. An address or models that somebody chose
 * for it stay, and then the switch too. Needs `settings:manage`.
 * @throws DomainError `not-found`; `precondition` where the environment alone gives the key.
 */
export async function deleteKeySetting(ctx: ModelWriteContext, id: string): Promise<void> {
  allow(ctx.caller, 'settings:manage')
  const { provider } = await getKeySetting(ctx, id)
  await ctx.db.write(async (tx) => {
    await lockModels(tx)
    const stored = await selectConnection(tx, provider)
    const target = { kind: 'connection', id: provider }
    if (stored && !isMoreThanKey(stored)) {
      await removeConnection(tx, provider)
      await insertAudit(tx, [auditEntry(ctx, target, 'delete', {})])
    } else if (await clearSecret(tx, provider, ctx.clock.nowSeconds())) {
      await insertAudit(tx, [auditEntry(ctx, target, 'update', { apiKey: null })])
    } else if (environmentKeyOf(provider, ctx.providers) === undefined) {
      throw settingNotFound()
    } else {
      const message = `The key of ${provider} is set in the server's environment`
      throw new DomainError('precondition', message)
    }
    publishChange(tx)
  })
}

function isMoreThanKey({ baseUrl, models, label, prefix }: StoredConnection): boolean {
  return [baseUrl, models, label, prefix].some((value) => value !== null)
}
