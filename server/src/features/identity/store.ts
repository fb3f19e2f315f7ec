import { Role, Scope } from '@pharos/contract/vocabulary.ts'
import { sql, type Selectable } from 'kysely'
import { anyOf } from '../../platform/db/any-of.ts'
import { defineTask, type Tx } from '../../platform/db/database.ts'
import type { ApiKeysTable } from '../../platform/db/schema.ts'
import { heldBy, type ApiKey, type ApiKeyStatus, type UnsavedKey } from './api-key.ts'
import type { AuditEntry } from './audit.ts'
import { readKeyLimits } from './key-limits.ts'
import { readModelGrants } from './model-grants.ts'

export interface Usage {
  readonly keyId: string
  readonly count: number
  readonly lastUsedAt: number
  readonly lastIp: string | null
}

export interface KeyFilter {
  /** The owner whose keys are meant; undefined for everybody's. */
  readonly subject: string | undefined
  /** An id or a shown prefix. */
  readonly reference?: string
  /** Whether nobody else may change them before the transaction ends. */
  readonly isLocked?: boolean
}

/** A scope that this version does not know, left by a newer one, gives no power. */
function toScopes(text: string): readonly Scope[] {
  return text.split(' ').flatMap((word) => Scope.safeParse(word).data ?? [])
}

/** Only a known word makes a key active: anything else is as good as revoked. */
function toStatus(word: string): ApiKeyStatus {
  return word === 'active' || word === 'inactive' ? word : 'revoked'
}

export function toApiKey(row: Selectable<ApiKeysTable>): ApiKey {
  return {
    id: row.id,
    number: row.number,
    prefix: row.prefix,
    format: row.format,
    userId: row.user_id,
    name: row.name,
    description: row.description,
    scopes: isCapKnown(row.role_cap) ? toScopes(row.scopes) : [],
    roleCap: toRole(row.role_cap) ?? null,
    subject: row.subject,
    limits: readKeyLimits(row.limits),
    models: readModelGrants(row.models),
    ...(row.hides_models === 1 && { hidesModels: true }),
    status: toStatus(row.status),
    expiresAt: row.expires_at,
    requestCount: row.request_count,
    lastUsedAt: row.last_used_at,
    lastIp: row.last_ip,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

function toRole(word: string | null): Role | undefined {
  return Role.safeParse(word).data
}

/** A cap that this version does not know, set by a newer one, leaves no power. */
function isCapKnown(word: string | null): boolean {
  return word === null || toRole(word) !== undefined
}

/** A key's row joined with its owner's. */
type HeldRow = Selectable<ApiKeysTable> & {
  readonly owner_role: string | null
  readonly owner_status: string | null
}

/** Keys with their owners: what it takes to tell what they may do now. */
export function selectHeldKeys(tx: Tx) {
  return tx.db
    .selectFrom('api_keys')
    .leftJoin('users', 'users.id', 'api_keys.user_id')
    .selectAll('api_keys')
    .select(['users.role as owner_role', 'users.status as owner_status'])
}

/** The key with the powers that it has now. */
export function toHeldKey(row: HeldRow): ApiKey {
  const role = toRole(row.owner_role)
  const isActive = row.owner_status === 'active'
  return heldBy(toApiKey(row), role === undefined ? undefined : { role, isActive })
}

function toJson(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value)
}

interface NewKey extends UnsavedKey {
  /** What only a key of Thunder's may have. */
  readonly loginKey?: string | null
  readonly sealedLabel?: string | null
}

/** Saves a new key, which is active and which nobody has used. */
export async function insertKey<K extends NewKey>(
  tx: Tx,
  key: K,
  secretHash: string,
): Promise<K & Omit<ApiKey, keyof UnsavedKey>> {
  const [number = 0] = await tx.allocate('api_keys', 1)
  const begun = { number, status: 'active', requestCount: 0, lastUsedAt: null } as const
  const row: Selectable<ApiKeysTable> = {
    id: key.id,
    number,
    secret_hash: secretHash,
    prefix: key.prefix,
    format: key.format,
    user_id: key.userId,
    name: key.name,
    description: key.description,
    scopes: key.scopes.join(' '),
    subject: key.subject,
    login_key: key.loginKey ?? null,
    sealed_label: key.sealedLabel ?? null,
    status: begun.status,
    expires_at: key.expiresAt,
    request_count: begun.requestCount,
    last_used_at: begun.lastUsedAt,
    created_at: key.createdAt,
    updated_at: key.updatedAt,
    limits: toJson(key.limits),
    models: toJson(key.models),
    role_cap: key.roleCap ?? null,
    last_ip: null,
    hides_models: key.hidesModels === true ? 1 : null,
  }
  await tx.db.insertInto('api_keys').values(row).execute()
  return { ...key, ...begun, roleCap: key.roleCap ?? null, lastIp: null }
}

/**
 * The key with a secret's hash. A task, since each request with a key asks: one trip to a reader.
 * A key of the playground, which is its own label, opens nothing outside Thunder (rulings §1).
 */
export const keyByHash = defineTask<string, ApiKey | undefined>({
  module: import.meta.url,
  name: 'keyByHash',
  async run(tx, secretHash) {
    const row = await selectHeldKeys(tx)
      .where('secret_hash', '=', secretHash)
      .where((is) => is.or([is('login_key', 'is', null), is('sealed_label', 'is not', null)]))
      .executeTakeFirst()
    return row === undefined ? undefined : toHeldKey(row)
  },
})

/** Keys by id, in no order, with the powers that they have now; unknown ones are left out. */
export const heldKeysById = defineTask<readonly string[], readonly ApiKey[]>({
  module: import.meta.url,
  name: 'heldKeysById',
  async run(tx, keyIds) {
    const rows = await selectHeldKeys(tx)
      .where(anyOf(tx.dialect, 'api_keys.id', keyIds))
      .execute()
    return rows.map(toHeldKey)
  },
})

export async function selectKeys(
  tx: Tx,
  { subject, reference, isLocked = false }: KeyFilter,
): Promise<readonly ApiKey[]> {
  const rows = await tx.db
    .selectFrom('api_keys')
    .selectAll()
    .$if(subject !== undefined, (query) => query.where('subject', '=', subject ?? null))
    .$if(reference !== undefined, (query) =>
      query.where((is) =>
        is.or([is('id', '=', reference ?? ''), is('prefix', '=', reference ?? '')]),
      ),
    )
    .orderBy('created_at')
    .orderBy('id')
    .$if(isLocked && tx.dialect === 'postgres', (query) => query.forUpdate())
    .execute()
  return rows.map(toApiKey)
}

export async function saveKeyLimits(
  tx: Tx,
  { id, limits, models, updatedAt }: ApiKey,
): Promise<void> {
  await tx.db
    .updateTable('api_keys')
    .set({ limits: toJson(limits), models: toJson(models), updated_at: updatedAt })
    .where('id', '=', id)
    .execute()
}

export async function markRevoked(tx: Tx, keyId: string, nowSeconds: number): Promise<void> {
  await tx.db
    .updateTable('api_keys')
    .set({ status: 'revoked', updated_at: nowSeconds })
    .where('id', '=', keyId)
    .execute()
}

/** Adds to the counters of many keys in one statement, so that processes do not undo each other. */
export async function addUsage(tx: Tx, usages: readonly Usage[]): Promise<void> {
  const ids = usages.map(({ keyId }) => keyId)
  const counts = usages.map(({ keyId, count }) => sql`when ${keyId} then cast(${count} as bigint)`)
  const times = usages.map(
    ({ keyId, lastUsedAt }) => sql`when ${keyId} then cast(${lastUsedAt} as double precision)`,
  )
  const addresses = usages.map(
    ({ keyId, lastIp }) => sql`when ${keyId} then cast(${lastIp} as text)`,
  )
  await tx.db
    .updateTable('api_keys')
    .set({
      last_ip: sql`coalesce(case id ${sql.join(addresses, sql` `)} end, last_ip)`,
      request_count: sql`request_count + case id ${sql.join(counts, sql` `)} end`,
      last_used_at: sql`case id ${sql.join(times, sql` `)} end`,
    })
    .where('id', 'in', ids)
    .execute()
}

/** Adds lines to the audit; only in the transaction of what they tell about. */
export async function insertAudit(tx: Tx, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return
  const rows = entries.map((entry) => ({
    id: entry.id,
    at: entry.at,
    actor_kind: entry.actorKind,
    actor_id: entry.actorId,
    action: entry.action,
    target_kind: entry.targetKind,
    target_id: entry.targetId,
    ip: entry.ip,
    request_id: entry.requestId,
    changes: JSON.stringify(entry.changes),
  }))
  await tx.db.insertInto('audit_log').values(rows).execute()
}

/** Keys of one format and owner; null is the owner of an open server. */
export function keysOfOwner(tx: Tx, format: string, userId: string | null) {
  return tx.db
    .selectFrom('api_keys')
    .where('format', '=', format)
    .where('user_id', userId === null ? 'is' : '=', userId)
}

/** The row of one of them, which nobody else changes before the transaction ends. */
export async function lockKeyOfOwner(
  tx: Tx,
  { format, userId, id }: Pick<ApiKey, 'format' | 'userId' | 'id'>,
): Promise<Selectable<ApiKeysTable> | undefined> {
  return keysOfOwner(tx, format, userId)
    .selectAll()
    .where('id', '=', id)
    .$if(tx.dialect === 'postgres', (query) => query.forUpdate())
    .executeTakeFirst()
}

/** Saves what the owner of a key may change. */
export async function saveKeyState(
  tx: Tx,
  { id, name, status, updatedAt }: Pick<ApiKey, 'id' | 'name' | 'status' | 'updatedAt'>,
): Promise<void> {
  await tx.db
    .updateTable('api_keys')
    .set({ name, status, updated_at: updatedAt })
    .where('id', '=', id)
    .execute()
}
