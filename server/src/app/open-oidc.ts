import { OidcProvider, OidcSessions, type Uses } from '../features/identity/index.ts'
import { systemClock } from '../platform/clock.ts'
import { randomIds } from '../platform/ids.ts'
import type { Config } from './config.ts'
import type { Store } from './store.ts'

/** How people log in elsewhere, and what keeps such a login alive. */
export interface OidcPowers extends Uses<'checkSession'> {
  /** None where the operator named no issuer. */
  readonly oidc: OidcProvider | undefined
}

/** Asks nobody yet: the issuer is found at the first login. */
export function openOidc(
  opened: AsyncDisposableStack,
  { config, store }: { readonly config: Config; readonly store: Store },
): OidcPowers {
  const { db, vault } = store
  const oidc = openProvider(config)
  if (oidc !== undefined) opened.use(oidc)
  const sessions = new OidcSessions({ db, vault, clock: systemClock, ids: randomIds, oidc })
  return { oidc, checkSession: sessions.check }
}

function openProvider(config: Config): OidcProvider | undefined {
  const { oidcIssuer, oidcClientId, oidcClientSecret, oidcDefaultRole, oidcScope } = config
  if (oidcIssuer === undefined || oidcClientId === undefined) return undefined
  return new OidcProvider({
    issuer: oidcIssuer,
    clientId: oidcClientId,
    clientSecret: oidcClientSecret,
    defaultRole: oidcDefaultRole === 'none' ? undefined : oidcDefaultRole,
    scope: oidcScope,
  })
}
