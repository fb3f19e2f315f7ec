export { appStatus } from './app-status.ts'
export { checkMasterKey } from './check-master-key.ts'
export { editSetting, resetSetting } from './edit-setting.ts'
export { installId } from './install-id.ts'
export { listSettings } from './list-settings.ts'
export { LiveSettings } from './live-settings.ts'
export type { EffectiveSetting } from './live-settings.ts'
export type {
  BuildFacts,
  NamedSetting,
  OperatorSettings,
  OperatorSource,
  ResolvedOption,
} from './operator-settings.ts'
export { listPreferences } from './preferences.ts'
export { saveSetting } from './save-setting.ts'
export { setUp } from './set-up.ts'
export type { SetupContext } from './set-up.ts'
export { settingSources } from './setting-source.ts'
export type { SettingSource } from './setting-source.ts'
export { isGivenByKey } from './setting-specs.ts'
export { findSetting, keepSetting } from './store.ts'
export type { ValueKind } from './value-kind.ts'
