import { LiveSettings } from '../features/settings/index.ts'
import type { Log } from '../platform/log/create-log.ts'
import { buildFacts } from './build-facts.ts'
import type { OperatorChoices } from './config.ts'
import type { Store } from './store.ts'

interface SettingsOptions {
  readonly operator: OperatorChoices
  readonly log: Log
}

/** What the operator decided and what the database holds, followed as it changes. */
export function openSettings(
  { db, bus }: Pick<Store, 'db' | 'bus'>,
  { operator, log }: SettingsOptions,
): Promise<LiveSettings> {
  return LiveSettings.open({
    db,
    bus,
    operator: { ...operator, build: buildFacts() },
    onWarning: (message) => log.warn(message),
    onError: (error) => log.warn({ err: error }, 'the stored settings could not be read'),
  })
}
