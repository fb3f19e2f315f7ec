import {
  KeyUsage,
  PasswordRoom,
  sessionKeyOf,
  SessionUse,
  type Uses,
} from '../features/identity/index.ts'
import { systemClock } from '../platform/clock.ts'
import type { Log } from '../platform/log/create-log.ts'
import type { Config } from './config.ts'
import type { Store } from './store.ts'

const secondsPerDay = 86_400

/** What logins take, and what counts the uses of keys and sessions out of the requests' way. */
export interface LoginPowers extends Uses<'sessionKey' | 'passwordLoginSeconds' | 'passwords'> {
  readonly keyUsage: KeyUsage
  readonly sessionUse: SessionUse
}

export function openLogins(
  opened: AsyncDisposableStack,
  { config, store, log }: { readonly config: Config; readonly store: Store; readonly log: Log },
): LoginPowers {
  const { db, vault } = store
  const late = (what: string) => (error: unknown) => log.warn({ err: error }, what)
  const powers = { db, clock: systemClock }
  return {
    sessionKey: sessionKeyOf(vault, config.authSecretKey),
    passwordLoginSeconds: config.tokenMaxAgeDays * secondsPerDay,
    passwords: new PasswordRoom(),
    keyUsage: opened.use(new KeyUsage({ ...powers, onError: late('use counts of keys are late') })),
    sessionUse: opened.use(
      new SessionUse({ ...powers, onError: late('uses of sessions could not be noted') }),
    ),
  }
}
