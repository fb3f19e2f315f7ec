import { sql, type Kysely } from 'kysely'
import type { Dialect } from '../src/platform/db/database.ts'
import { columnTypes } from './column-types.ts'

/** People, how they log in, and what they talked about. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await createUsers(db, dialect)
  await createSessions(db, dialect)
  await createConversations(db, dialect)
  const { text, integer } = columnTypes(dialect)
  await sql`alter table api_keys add column role_cap ${text}`.execute(db)
  await sql`alter table api_keys add column last_ip ${text}`.execute(db)
  await sql`alter table api_keys add column hides_models ${integer}`.execute(db)
  await sql`create index api_keys_by_user on api_keys (user_id)`.execute(db)
  await sql`create index api_keys_by_prefix on api_keys (prefix)`.execute(db)
  await sql`create index audit_log_by_target on audit_log (target_kind, target_id)`.execute(db)
}

async function createUsers(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, real, integer } = columnTypes(dialect)
  await sql`create table users (
    id ${text} primary key,
    email ${text} not null,
    email_key ${text} not null unique,
    name ${text} not null,
    role ${text} not null,
    role_source ${text} not null,
    status ${text} not null,
    password_hash ${text},
    failed_logins ${integer} not null default 0,
    locked_until ${real},
    last_login_at ${real},
    profile ${text} not null,
    created_at ${real} not null,
    updated_at ${real} not null
  )`.execute(db)
  await sql`create index users_by_time on users (created_at, id)`.execute(db)
  await sql`create table identities (
    issuer ${text} not null,
    subject ${text} not null,
    user_id ${text} not null,
    email_at_login ${text},
    created_at ${real} not null,
    primary key (issuer, subject)
  )`.execute(db)
  await sql`create index identities_by_user on identities (user_id)`.execute(db)
  await sql`create table invitations (
    user_id ${text} primary key,
    token_hash ${text} not null unique,
    expires_at ${real} not null,
    invited_by ${text},
    created_at ${real} not null
  )`.execute(db)
}

async function createSessions(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, real } = columnTypes(dialect)
  await sql`create table sessions (
    id ${text} primary key,
    user_id ${text},
    kind ${text} not null,
    data ${text},
    created_at ${real} not null,
    expires_at ${real} not null,
    last_seen_at ${real} not null,
    ip ${text},
    user_agent ${text},
    refresh_lease_until ${real}
  )`.execute(db)
  await sql`create index sessions_by_user on sessions (user_id)`.execute(db)
  await sql`create index sessions_by_end on sessions (expires_at)`.execute(db)
}

async function createConversations(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, real, integer } = columnTypes(dialect)
  await sql`create table conversations (
    owner ${text} not null,
    id ${text} not null,
    title ${text} not null,
    created_at ${real} not null,
    updated_at ${real} not null,
    primary key (owner, id)
  )`.execute(db)
  await sql`create index conversations_by_update on conversations (owner, updated_at, id)`.execute(
    db,
  )
  await sql`create table messages (
    owner ${text} not null,
    conversation_id ${text} not null,
    position ${integer} not null,
    id ${text} not null,
    role ${text} not null,
    name ${text},
    content ${text},
    created_at ${real} not null,
    primary key (owner, conversation_id, position)
  )`.execute(db)
}
