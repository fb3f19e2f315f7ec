import type { Role } from '@pharos/contract/vocabulary.ts'

/** Who vouches for people, and what this server is called there. */
export interface OidcSettings {
  /** With or without a slash at its end, whatever the issuer itself writes. */
  readonly issuer: string
  readonly clientId: string
  /** None for a public client, which PKCE alone protects. */
  readonly clientSecret: string | undefined
  /** The role of people to whom the issuer gives none; without it they are refused. */
  readonly defaultRole: Role | undefined
  /** By spaces; `openid` among them. */
  readonly scope: string
}
