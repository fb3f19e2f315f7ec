import type { Uses } from '../identity/index.ts'
import type { LiveSettings } from './live-settings.ts'

/** What the verbs of settings are given. */
export interface SettingsContext extends Uses<'db' | 'clock' | 'ids' | 'caller'> {
  readonly settings: LiveSettings
}
