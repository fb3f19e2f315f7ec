import { withoutUndefined } from '../../platform/without-undefined.ts'
import { allow, lendScope } from '../identity/index.ts'
import { selectConnections } from './connection-store.ts'
import type { StoredConnection } from './connection.ts'
import { keySettingOf, type KeySetting } from './key-setting.ts'
import type { ModelWriteContext } from './model-context.ts'
import { getKeySetting } from './read-key-settings.ts'
import { createConnection, updateConnection } from './save-connection.ts'
import { keyTaken, saveService } from './save-service.ts'
import { isService } from './known-services.ts'

/** What is said of a provider's key; what is left out stays as it is. */
export interface KeyChanges {
  /** The mask of a key leaves it as it is. */
  readonly apiKey?: string | undefined
  readonly isActive?: boolean | undefined
}

/**
 * Gives a provider its first key, once it has told its models with it. Needs `settings:manage`.
 * @throws DomainError `conflict` where one has its key already, also by the environment; else as
 * `createConnection`.
 */
export async function createKeySetting(
  ctx: ModelWriteContext,
  provider: string,
  given: KeyChanges & { readonly apiKey: string },
): Promise<KeySetting> {
  allow(ctx.caller, 'settings:manage')
  const rows = await ctx.db.read(selectConnections)
  if (keySettingOf(ctx, provider, rows)) throw keyTaken(provider)
  // Whoever adds a provider means it to count, whatever was switched off before it had a key.
  const changes = { apiKey: given.apiKey, isActive: given.isActive ?? true }
  const stored = rows.find(({ name }) => name === provider)
  await save(ctx, { provider, changes, stored, isFirst: true })
  return getKeySetting(ctx, provider)
}

/**
 * Gives a provider another key, which it must take, or switches it. Needs `settings:manage`.
 * @throws DomainError `not-found`; else as `updateConnection`.
 */
export async function updateKeySetting(
  ctx: ModelWriteContext,
  id: string,
  { apiKey, isActive }: KeyChanges,
): Promise<KeySetting> {
  const before = await getKeySetting(ctx, id)
  const { provider } = before
  const isMask = apiKey === before.key || apiKey === before.storedKey
  const changes = withoutUndefined({ apiKey: isMask ? undefined : apiKey, isActive })
  const isSwitched = isActive !== undefined && isActive !== before.isActive
  if (changes.apiKey === undefined && !isSwitched) return before
  const rows = await ctx.db.read(selectConnections)
  const stored = rows.find(({ name }) => name === provider)
  await save(ctx, { provider, changes, stored, isFirst: false })
  return getKeySetting(ctx, provider)
}

interface Saving {
  readonly provider: string
  readonly changes: KeyChanges
  readonly stored: StoredConnection | undefined
  readonly isFirst: boolean
}

/** Only a key is asked about: a switch counts at once, also while its provider cannot be reached. */
async function save(ctx: ModelWriteContext, saving: Saving): Promise<void> {
  const { provider, changes, stored, isFirst } = saving
  if (isService(provider)) return saveService(ctx, provider, { ...changes, isFirst })
  // Keys are more than connections: whoever may give them may do this much of the rest.
  const lent = { ...ctx, caller: lendScope(ctx.caller, 'models:manage') }
  const keep = stored ? updateConnection : createConnection
  const options = changes.apiKey === undefined ? { skipsTest: true } : { testsInactive: true }
  await keep(lent, provider, changes, { ...options, isFirstKey: isFirst })
}
