import type { BuildFacts, OperatorSettings } from './operator-settings.ts'
import type { LayerValues } from './setting-source.ts'
import type { ValueKind } from './value-kind.ts'

export type SettingCategory =
  | 'system'
  | 'server'
  | 'access'
  | 'local_models'
  | 'model_defaults'
  | 'feature_flags'
  | 'user_preferences'

/** What is known of a setting. A secret is no setting: it has no spec and is never listed. */
export interface SettingSpec {
  readonly key: string
  readonly category: SettingCategory
  readonly kind: ValueKind
  /** Whether the API may change it. */
  readonly isEditable: boolean
  /** Whether the database may hold it; what may be edited can be held. */
  readonly isStored: boolean
  readonly origin: SettingOrigin
}

/** Where the layers beside the database are found. */
export type SettingOrigin =
  | { readonly from: 'build'; readonly fact: keyof BuildFacts }
  | { readonly from: 'constant'; readonly source: 'system' | 'default'; readonly value: unknown }
  /** An option of the server; `toShown` puts its values into the setting's words. */
  | {
      readonly from: 'option'
      readonly option: string
      readonly toShown?: (value: unknown) => unknown
    }
  /** The environment or the file, under the setting's own key. */
  | { readonly from: 'key'; readonly fallback: unknown }

/** What the layers beside the database say; what was written under the key itself is not among it. */
export function fixedLayers({ origin }: SettingSpec, operator: OperatorSettings): LayerValues {
  switch (origin.from) {
    case 'build':
      return { system: operator.build[origin.fact] }
    case 'constant':
      return { [origin.source]: origin.value }
    case 'option':
      return optionLayers(origin, operator)
    case 'key':
      return { default: origin.fallback }
  }
}

function optionLayers(
  { option, toShown = (value) => value }: Extract<SettingOrigin, { from: 'option' }>,
  { options }: OperatorSettings,
): LayerValues {
  const resolved = options[option]
  if (!resolved) return {}
  const { source, value, fallback } = resolved
  const shown = (given: unknown): unknown => (given === undefined ? undefined : toShown(given))
  // An option that was switched off where it was given is decided too.
  const decided = source === 'default' ? {} : { [source]: shown(value) ?? null }
  return { default: shown(fallback), ...decided }
}
