import { DomainError } from '../../platform/domain-error.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import { allow, auditEntry, insertAudit, userIdOf, type Uses } from '../identity/index.ts'
import { lockModels, saveConnection, selectConnection } from './connection-store.ts'
import type { StoredConnection } from './connection.ts'
import { providerKeyPurpose } from './key-provider.ts'
import { publishChange } from './models-event.ts'
import { checkApiKey } from './plan-connection.ts'
import { services, type ServiceName } from './known-services.ts'

interface ServiceChanges {
  /** Refuses where it has a key already. */
  readonly isFirst?: boolean
  readonly apiKey?: string | undefined
  readonly isActive?: boolean | undefined
}

/**
 * Gives a service its key or switches it; what is left out stays. Nobody is asked whether the key is
 * right: that would cost money. Needs `settings:manage`.
 * @throws DomainError `invalid` for what is no key, `conflict` where a connection to models has the
 * name.
 */
export async function saveService(
  ctx: Uses<'db' | 'clock' | 'ids' | 'vault' | 'caller'>,
  name: ServiceName,
  { apiKey, isActive, isFirst = false }: ServiceChanges,
): Promise<void> {
  allow(ctx.caller, 'settings:manage')
  if (apiKey !== undefined) checkApiKey(apiKey)
  const sealedSecret = apiKey === undefined ? undefined : ctx.vault.seal(apiKey, providerKeyPurpose)
  await ctx.db.write(async (tx) => {
    await lockModels(tx)
    const stored = await selectConnection(tx, name)
    if (stored && stored.kind !== services[name].kind) {
      throw new DomainError('conflict', `There is a connection ${name} to models already`)
    }
    if (isFirst && (stored?.sealedSecret ?? null) !== null) throw keyTaken(name)
    const before = stored ?? newService(ctx, name)
    const updatedAt = ctx.clock.nowSeconds()
    await saveConnection(tx, {
      ...before,
      ...withoutUndefined({ sealedSecret, isActive }),
      updatedAt,
    })
    const noted = withoutUndefined({ isActive, apiKey: apiKey && '(secret)' })
    const target = { kind: 'connection', id: name }
    await insertAudit(tx, [auditEntry(ctx, target, stored ? 'update' : 'create', noted)])
    publishChange(tx)
  })
}

export function keyTaken(provider: string): DomainError {
  return new DomainError('conflict', `There is a key of ${provider} already`)
}

function newService(
  { ids, clock, caller }: Uses<'ids' | 'clock' | 'caller'>,
  name: ServiceName,
): StoredConnection {
  const at = clock.nowSeconds()
  return {
    id: ids.uuid(),
    name,
    kind: services[name].kind,
    baseUrl: null,
    sealedSecret: null,
    isActive: true,
    isGuarded: false,
    models: null,
    label: null,
    prefix: null,
    apiFormat: null,
    createdBy: userIdOf(caller),
    createdAt: at,
    updatedAt: at,
  }
}
