import { DomainError } from '../../platform/domain-error.ts'
import { allow, type Uses } from '../identity/index.ts'
import { selectConnections } from './connection-store.ts'
import { keySettingsOf, type KeySetting, type KeySettingContext } from './key-setting.ts'

type ReadContext = KeySettingContext & Uses<'db'>

/** Every provider that has a key, stored or in the environment. Needs `settings:manage`. */
export async function listKeySettings(ctx: ReadContext): Promise<readonly KeySetting[]> {
  allow(ctx.caller, 'settings:manage')
  return keySettingsOf(ctx, await ctx.db.read(selectConnections))
}

/**
 * One of them, by its id or its provider's name. Needs `settings:manage`.
 * @throws DomainError `not-found`.
 */
export async function getKeySetting(ctx: ReadContext, idOrName: string): Promise<KeySetting> {
  const settings = await listKeySettings(ctx)
  const found =
    settings.find(({ id }) => id === idOrName) ??
    settings.find(({ provider }) => provider === idOrName)
  if (found) return found
  throw settingNotFound()
}

export function settingNotFound(): DomainError {
  return new DomainError('not-found', 'There is no such setting')
}
