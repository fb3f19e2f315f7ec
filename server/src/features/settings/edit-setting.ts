import { allow } from '../identity/index.ts'
import type { EffectiveSetting } from './live-settings.ts'
import { dropPreference, savePreference } from './preferences.ts'
import { homeIsFixed, notASetting, readOnly } from './refusals.ts'
import { dropStoredSetting, saveSetting } from './save-setting.ts'
import { isPreference, specOf } from './setting-specs.ts'
import type { SettingsContext } from './settings-context.ts'

/**
 * Changes a setting: one of the whole server for whoever holds `settings:manage`, a preference for
 * the person whose it is. Gives what counts then, which a stronger source may decide.
 * @throws DomainError in this order: for the data folder, an unknown key, one that cannot be changed,
 * a value that does not fit. Source: bodhi contract §1.13.
 */
export async function editSetting(
  ctx: SettingsContext,
  key: string,
  given: unknown,
): Promise<EffectiveSetting> {
  if (isPreference(key)) return savePreference(ctx, key, given)
  refuseUneditable(ctx, key)
  return saveSetting(ctx, key, given)
}

/** Takes back what `editSetting` stored; nothing happens where nothing is. Throws as it does. */
export async function resetSetting(ctx: SettingsContext, key: string): Promise<EffectiveSetting> {
  if (isPreference(key)) return dropPreference(ctx, key)
  refuseUneditable(ctx, key)
  return dropStoredSetting(ctx, key)
}

function refuseUneditable({ caller }: SettingsContext, key: string): void {
  allow(caller, 'settings:manage')
  if (key === 'BODHI_HOME') throw homeIsFixed(key)
  const spec = specOf(key)
  if (!spec) throw notASetting(key)
  if (!spec.isEditable) throw readOnly(key)
}
