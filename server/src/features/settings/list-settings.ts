import { allow } from '../identity/index.ts'
import type { EffectiveSetting } from './live-settings.ts'
import { listPreferences } from './preferences.ts'
import type { SettingsContext } from './settings-context.ts'

/**
 * Every setting of the server with its source, and the caller's own preferences after them. Needs
 * `settings:manage`. No secret is among them.
 */
export async function listSettings(
  ctx: Pick<SettingsContext, 'db' | 'caller' | 'settings'>,
): Promise<readonly EffectiveSetting[]> {
  allow(ctx.caller, 'settings:manage')
  const isPerson = ctx.caller.kind === 'local' || ctx.caller.kind === 'session'
  return [...ctx.settings.list(), ...(isPerson ? await listPreferences(ctx) : [])]
}
