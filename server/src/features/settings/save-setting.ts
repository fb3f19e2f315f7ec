import { allow } from '../identity/index.ts'
import type { EffectiveSetting } from './live-settings.ts'
import { notASetting } from './refusals.ts'
import type { SettingsContext } from './settings-context.ts'
import { everybody } from './store.ts'
import { eraseSetting, writeSetting } from './write-setting.ts'

/**
 * Stores a setting of the whole server in the database and gives what counts then: a stronger source
 * still decides where there is one. It counts at once in this process and, as soon as they hear of
 * it, in the others. Unlike `editSetting` it does not ask whether the API may change the key. Needs
 * `settings:manage`.
 * @throws DomainError `not-found` for a key that the database cannot hold, `invalid` for the value,
 * `conflict` where it is to be the first that is stored and is not.
 */
export async function saveSetting(
  ctx: SettingsContext,
  key: string,
  given: unknown,
  { isFirst = false }: { readonly isFirst?: boolean } = {},
): Promise<EffectiveSetting> {
  allow(ctx.caller, 'settings:manage')
  const spec = storedSpec(ctx, key)
  await writeSetting(ctx, { spec, userId: everybody, isFirst }, given)
  return settled(ctx, key)
}

/**
 * Takes a setting of the whole server out of the database and gives what counts then. Needs
 * `settings:manage`.
 * @throws DomainError `not-found` for a key that the database cannot hold.
 */
export async function dropStoredSetting(
  ctx: SettingsContext,
  key: string,
): Promise<EffectiveSetting> {
  allow(ctx.caller, 'settings:manage')
  await eraseSetting(ctx, { spec: storedSpec(ctx, key), userId: everybody })
  return settled(ctx, key)
}

/** A setting of the whole server as it stands. @throws DomainError `not-found` for none. */
export function findEffective({ settings }: Pick<SettingsContext, 'settings'>, key: string) {
  const found = settings.effective(key)
  if (!found) throw notASetting(key)
  return found
}

function storedSpec(ctx: SettingsContext, key: string) {
  const { spec } = findEffective(ctx, key)
  if (!spec.isStored) throw notASetting(key)
  return spec
}

/** NOTE: this process hears of its own change too, but later than the one who made it is answered. */
async function settled(ctx: SettingsContext, key: string): Promise<EffectiveSetting> {
  await ctx.settings.reload()
  return findEffective(ctx, key)
}
