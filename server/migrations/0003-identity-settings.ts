import { sql, type Kysely } from 'kysely'
import type { Dialect } from '../src/platform/db/database.ts'
import { columnTypes } from './column-types.ts'

/** API keys, the audit, connections to model providers and stored settings. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await createApiKeys(db, dialect)
  await createAuditLog(db, dialect)
  await createSettings(db, dialect)
}

async function createApiKeys(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, real, integer } = columnTypes(dialect)
  await sql`create table api_keys (
    id ${text} primary key,
    secret_hash ${text} not null unique,
    prefix ${text} not null,
    format ${text} not null,
    user_id ${text},
    name ${text} not null,
    description ${text} not null,
    scopes ${text} not null,
    subject ${text},
    status ${text} not null,
    expires_at ${real},
    request_count ${integer} not null,
    last_used_at ${real},
    created_at ${real} not null,
    updated_at ${real} not null
  )`.execute(db)
}

async function createAuditLog(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, real } = columnTypes(dialect)
  await sql`create table audit_log (
    id ${text} primary key,
    at ${real} not null,
    actor_kind ${text} not null,
    actor_id ${text},
    action ${text} not null,
    target_kind ${text} not null,
    target_id ${text} not null,
    ip ${text},
    request_id ${text},
    changes ${text} not null
  )`.execute(db)
  await sql`create index audit_log_by_time on audit_log (at, id)`.execute(db)
}

async function createSettings(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, real, integer } = columnTypes(dialect)
  await sql`create table provider_connections (
    id ${text} primary key,
    name ${text} not null unique,
    kind ${text} not null,
    base_url ${text},
    secret ${text},
    is_active ${integer} not null,
    created_by ${text},
    created_at ${real} not null,
    updated_at ${real} not null
  )`.execute(db)
  await sql`create table settings (
    key ${text} not null,
    user_id ${text} not null,
    value ${text} not null,
    updated_by ${text},
    updated_at ${real} not null,
    primary key (key, user_id)
  )`.execute(db)
}
