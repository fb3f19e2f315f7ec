import { roles } from '@pharos/contract/vocabulary.ts'
import { isLoopbackName } from '../../platform/http/loopback.ts'
import { ConfigError } from './config-error.ts'
import type { OptionSpec } from './option-spec.ts'

/** Who vouches for people that log in, besides passwords. */
export const oidcOptions = {
  oidcIssuer: {
    group: 'access',
    flag: 'oidc-issuer',
    env: ['PHAROS_OIDC_ISSUER', 'OIDC_ISSUER'],
    file: 'oidc-issuer',
    kind: 'http-url',
    fallback: null,
    optional: true,
    meaning:
      'OpenID Connect issuer at which people log in; it must know `{public address}/app/login/callback` as a redirect URI',
  },
  oidcClientId: {
    group: 'access',
    flag: 'oidc-client-id',
    env: ['PHAROS_OIDC_CLIENT_ID', 'OIDC_CLIENT_ID'],
    file: 'oidc-client-id',
    kind: 'text',
    fallback: null,
    optional: true,
    meaning: 'What this server is called at the issuer',
  },
  oidcClientSecret: {
    group: 'access',
    flag: null,
    env: ['PHAROS_OIDC_CLIENT_SECRET', 'OIDC_CLIENT_SECRET'],
    file: null,
    kind: 'text',
    fallback: null,
    optional: true,
    secret: true,
    meaning: 'With what this server proves itself to the issuer; none for a public client',
  },
  oidcDefaultRole: {
    group: 'access',
    flag: 'oidc-default-role',
    env: ['PHAROS_OIDC_DEFAULT_ROLE', 'OIDC_DEFAULT_ROLE'],
    file: 'oidc-default-role',
    kind: 'choice',
    choices: ['none', ...roles],
    synonyms: {
      resource_user: 'user',
      resource_power_user: 'power_user',
      resource_manager: 'manager',
      resource_admin: 'admin',
    },
    fallback: 'none',
    meaning:
      'Role of people to whom the issuer gives none in `resource_access[client].roles`; `none` refuses them',
  },
  oidcScope: {
    group: 'access',
    flag: 'oidc-scope',
    env: ['PHAROS_OIDC_SCOPE', 'OIDC_SCOPE'],
    file: 'oidc-scope',
    kind: 'text',
    fallback: 'openid email profile roles',
    meaning:
      'What the issuer is asked for; add `offline_access` where it gives refresh tokens for that only',
  },
} as const satisfies Readonly<Record<string, OptionSpec>>

interface IssuerChoice {
  readonly oidcIssuer: string | undefined
  readonly oidcClientId: string | undefined
}

/** @throws ConfigError for an issuer that could not be used, so that nobody learns it at a login. */
export function refuseHalfAnIssuer({ oidcIssuer, oidcClientId }: IssuerChoice): void {
  if (oidcIssuer === undefined) return
  if (oidcClientId === undefined) {
    throw new ConfigError('OIDC_ISSUER needs OIDC_CLIENT_ID, the name of this server there')
  }
  const { protocol, hostname } = new URL(oidcIssuer)
  if (protocol === 'https:' || isLoopbackName(hostname)) return
  throw new ConfigError('OIDC_ISSUER must be an https address, unless it is on this machine')
}
