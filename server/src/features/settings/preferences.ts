import { DomainError } from '../../platform/domain-error.ts'
import { userIdOf, type Caller } from '../identity/index.ts'
import type { EffectiveSetting } from './live-settings.ts'
import { notASetting } from './refusals.ts'
import { isPreference, specOf } from './setting-specs.ts'
import type { SettingSpec } from './setting-spec.ts'
import type { SettingsContext } from './settings-context.ts'
import { settingsOf } from './store.ts'
import { eraseSetting, writeSetting } from './write-setting.ts'

type PreferenceContext = Omit<SettingsContext, 'settings'>

/** The person at this machine has preferences too; no user has that id. */
const localOwner = 'local'

/** The caller's own preferences by key. Any person has some, whatever the role. */
export async function listPreferences(
  ctx: Pick<PreferenceContext, 'db' | 'caller'>,
): Promise<readonly EffectiveSetting[]> {
  const userId = ownerOf(ctx.caller)
  const rows = await ctx.db.read((tx) => settingsOf(tx, userId))
  return rows
    .filter(({ key }) => isPreference(key))
    .map(({ key, value }) => shown(preferenceSpec(key), JSON.parse(value)))
}

/** @throws DomainError `invalid` for a value that does not fit, `forbidden` for who is no person. */
export async function savePreference(
  ctx: PreferenceContext,
  key: string,
  given: unknown,
): Promise<EffectiveSetting> {
  const spec = preferenceSpec(key)
  return shown(spec, await writeSetting(ctx, { spec, userId: ownerOf(ctx.caller) }, given))
}

/** Nothing happens where there is none. */
export async function dropPreference(
  ctx: PreferenceContext,
  key: string,
): Promise<EffectiveSetting> {
  const spec = preferenceSpec(key)
  await eraseSetting(ctx, { spec, userId: ownerOf(ctx.caller) })
  return { spec, fallback: null, value: null, source: 'default' }
}

function shown(spec: SettingSpec, value: unknown): EffectiveSetting {
  return { spec, fallback: null, value, source: 'database' }
}

function preferenceSpec(key: string): SettingSpec {
  const spec = isPreference(key) ? specOf(key) : undefined
  if (!spec) throw notASetting(key)
  return spec
}

function ownerOf(caller: Caller): string {
  if (caller.kind === 'local') return localOwner
  const userId = caller.kind === 'session' ? userIdOf(caller) : null
  if (userId !== null) return userId
  if (caller.kind === 'anonymous') {
    throw new DomainError('unauthenticated', 'Preferences need a login')
  }
  throw new DomainError('forbidden', 'Only a person who is logged in has preferences')
}
