import type { Generated } from 'kysely'

/** Tables of people, their sessions and conversations; for columns' conventions see `Schema`. */

export interface UsersTable {
  id: string
  /** As it was typed. */
  email: string
  /** In lower case. */
  email_key: string
  name: string
  role: string
  /** `local` where a person gave the role, `claim` where the issuer of the login does. */
  role_source: string
  /** `pending`, `active` or `inactive`. */
  status: string
  /** A PHC string (argon2id); null for who logs in elsewhere or is only invited. */
  password_hash: string | null
  /** Since the last login that worked. */
  failed_logins: Generated<number>
  locked_until: number | null
  last_login_at: number | null
  /** JSON object. */
  profile: string
  created_at: number
  updated_at: number
}

/** Whom an issuer of logins vouches for. */
export interface IdentitiesTable {
  issuer: string
  subject: string
  user_id: string
  email_at_login: string | null
  created_at: number
}

export interface InvitationsTable {
  user_id: string
  /** SHA-256 in hex. */
  token_hash: string
  expires_at: number
  invited_by: string | null
  created_at: number
}

export interface SessionsTable {
  /** SHA-256 in hex of the secret, which itself is kept nowhere. */
  id: string
  user_id: string | null
  /** `password`, `oidc` or `anonymous`. */
  kind: string
  /** A JSON object as the vault sealed it: tokens of the issuer, state, verifier, nonce. */
  data: string | null
  created_at: number
  expires_at: number
  last_seen_at: number
  ip: string | null
  user_agent: string | null
  /** Until then one process renews the tokens, by the database's rows. */
  refresh_lease_until: number | null
}

/** `owner` is the identity of the caller (`identityOf`): conversations are private. */
export interface ConversationsTable {
  owner: string
  id: string
  title: string
  created_at: number
  updated_at: number
}

export interface MessagesTable {
  owner: string
  conversation_id: string
  position: number
  id: string
  role: string
  name: string | null
  content: string | null
  created_at: number
}
