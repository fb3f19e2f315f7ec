import { Role } from '@pharos/contract/vocabulary.ts'
import { sql, type Selectable } from 'kysely'
import { anyOf } from '../../../platform/db/any-of.ts'
import { defineTask, type Tx } from '../../../platform/db/database.ts'
import { oneHolds } from '../../../platform/db/one-has.ts'
import type { UsersTable } from '../../../platform/db/account-tables.ts'
import { toStorableText } from '../../../platform/db/storable-text.ts'
import { parseObject } from '../../../platform/json.ts'
import type { User, UserStatus } from './user.ts'

/** A word that this version does not know, left by a newer one, gives the least power. */
function toStatus(word: string): UserStatus {
  return word === 'active' || word === 'pending' ? word : 'inactive'
}

export function toUser(row: Selectable<UsersTable>): User {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    role: Role.safeParse(row.role).data ?? 'viewer',
    roleSource: row.role_source === 'claim' ? 'claim' : 'local',
    status: toStatus(row.status),
    hasPassword: row.password_hash !== null,
    lockedUntil: row.locked_until,
    lastLoginAt: row.last_login_at,
    profile: parseObject(row.profile),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export interface NewUser extends Omit<User, 'hasPassword' | 'lockedUntil' | 'lastLoginAt'> {
  readonly emailKey: string
  readonly passwordHash: string | null
}

/** Fails where the e-mail is taken: look with `findUserByEmail` first. */
export async function insertUser(tx: Tx, user: NewUser): Promise<User> {
  const row: Selectable<UsersTable> = {
    id: user.id,
    email: toStorableText(user.email),
    email_key: user.emailKey,
    name: toStorableText(user.name),
    role: user.role,
    role_source: user.roleSource,
    status: user.status,
    password_hash: user.passwordHash,
    failed_logins: 0,
    locked_until: null,
    last_login_at: null,
    profile: JSON.stringify(user.profile),
    created_at: user.createdAt,
    updated_at: user.updatedAt,
  }
  await tx.db.insertInto('users').values(row).execute()
  return toUser(row)
}

/**
 * No user is added, changed or removed by anybody else before the transaction ends; what depends on
 * more than one row is decided behind this. SQLite has one writer anyhow.
 */
export async function lockUsers(tx: Tx): Promise<void> {
  if (tx.dialect === 'sqlite') return
  await sql`lock table users in share row exclusive mode`.execute(tx.db)
}

export async function findUser(tx: Tx, id: string): Promise<User | undefined> {
  const row = await tx.db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toUser(row)
}

export async function findUserByEmail(tx: Tx, emailKey: string): Promise<User | undefined> {
  const row = await tx.db
    .selectFrom('users')
    .selectAll()
    .where('email_key', '=', emailKey)
    .executeTakeFirst()
  return row && toUser(row)
}

/** Whether somebody other than `exceptId` is an admin who can log in. */
export async function isThereAnActiveAdmin(tx: Tx, exceptId = ''): Promise<boolean> {
  const row = await tx.db
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'admin')
    .where('status', '=', 'active')
    .where('id', '!=', exceptId)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Saves what people may change of a user; passwords and logins have ways of their own. */
export async function saveUser(tx: Tx, user: User): Promise<void> {
  await tx.db
    .updateTable('users')
    .set({
      name: toStorableText(user.name),
      role: user.role,
      role_source: user.roleSource,
      status: user.status,
      profile: JSON.stringify(user.profile),
      updated_at: user.updatedAt,
    })
    .where('id', '=', user.id)
    .execute()
}

/** Failed logins are forgotten with the old password. */
function withPassword(passwordHash: string | null, at: number) {
  return { password_hash: passwordHash, failed_logins: 0, locked_until: null, updated_at: at }
}

/** Saves a password, whatever the old one was; null takes it away. */
export async function savePassword(
  tx: Tx,
  userId: string,
  { passwordHash, at }: { readonly passwordHash: string | null; readonly at: number },
): Promise<void> {
  await tx.db
    .updateTable('users')
    .set(withPassword(passwordHash, at))
    .where('id', '=', userId)
    .execute()
}

export async function forgetFailedLogins(tx: Tx, userId: string): Promise<void> {
  await tx.db
    .updateTable('users')
    .set({ failed_logins: 0, locked_until: null })
    .where('id', '=', userId)
    .execute()
}

export interface UserWithPassword {
  readonly user: User
  readonly passwordHash: string | null
}

async function selectWithPassword(
  tx: Tx,
  column: 'id' | 'email_key',
  value: string,
): Promise<UserWithPassword | undefined> {
  const row = await tx.db
    .selectFrom('users')
    .selectAll()
    .where(column, '=', value)
    .executeTakeFirst()
  return row && { user: toUser(row), passwordHash: row.password_hash }
}

export const passwordByEmail = defineTask<string, UserWithPassword | undefined>({
  module: import.meta.url,
  name: 'passwordByEmail',
  run: (tx, emailKey) => selectWithPassword(tx, 'email_key', emailKey),
})

export const passwordById = defineTask<string, UserWithPassword | undefined>({
  module: import.meta.url,
  name: 'passwordById',
  run: (tx, id) => selectWithPassword(tx, 'id', id),
})

export interface ProvenPassword {
  readonly userId: string
  /** The hash that the password was compared with. */
  readonly passwordHash: string
  readonly at: number
}

/**
 * The user, unless locked, changed or removed since the password was compared. So of many guesses
 * at once none counts past the lock.
 */
function whoProved(tx: Tx, { userId, passwordHash, at }: ProvenPassword) {
  return tx.db
    .updateTable('users')
    .where('id', '=', userId)
    .where('status', '=', 'active')
    .where('password_hash', '=', passwordHash)
    .where((is) => is.or([is('locked_until', 'is', null), is('locked_until', '<=', at)]))
}

/** Keeps a login that worked; undefined where the proof does not count any more. */
export async function noteLogin(
  tx: Tx,
  proven: ProvenPassword,
  keptHash: string,
): Promise<User | undefined> {
  const row = await whoProved(tx, proven)
    .set({ failed_logins: 0, last_login_at: proven.at, password_hash: keptHash })
    .returningAll()
    .executeTakeFirst()
  return row && toUser(row)
}

/** Saves a person's own new password; undefined where the proof does not count any more. */
export async function replacePassword(
  tx: Tx,
  proven: ProvenPassword,
  newHash: string,
): Promise<User | undefined> {
  const row = await whoProved(tx, proven)
    .set(withPassword(newHash, proven.at))
    .returningAll()
    .executeTakeFirst()
  return row && toUser(row)
}

export interface LockRule {
  readonly at: number
  readonly mostFailures: number
  readonly lockSeconds: number
}

/**
 * Counts a wrong password in one statement, so that guesses made at once all count, and locks at
 * the last one allowed. A locked user's is not counted; gives whether it was.
 */
export async function noteWrongPassword(
  tx: Tx,
  userId: string,
  { at, mostFailures, lockSeconds }: LockRule,
): Promise<boolean> {
  const locked = sql<number | null>`case when failed_logins + 1 >= ${mostFailures}
    then cast(${at + lockSeconds} as double precision) else locked_until end`
  const row = await tx.db
    .updateTable('users')
    .set({ failed_logins: sql`failed_logins + 1`, locked_until: locked })
    .where('id', '=', userId)
    .where((is) => is.or([is('locked_until', 'is', null), is('locked_until', '<=', at)]))
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export interface UserFilter {
  readonly roles?: readonly Role[]
  readonly status?: UserStatus
  /** Found in name or e-mail, whatever the case of ASCII letters. */
  readonly search?: string
  readonly limit: number
  readonly offset: number
}

/** The newest first; where something is searched for, those whose name has it before the others. */
export async function pageOfUsers(
  tx: Tx,
  filter: UserFilter,
): Promise<{ readonly users: readonly User[]; readonly total: number }> {
  const search = filter.search ?? ''
  const matching = filtered(tx, filter)
  const { total } = await matching
    .select(({ fn }) => fn.countAll().as('total'))
    .executeTakeFirstOrThrow()
  const rows = await matching
    .selectAll()
    .$if(search !== '', (query) =>
      query.orderBy(sql`case when ${oneHolds(tx.dialect, ['name'], search)} then 0 else 1 end`),
    )
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(filter.limit)
    .offset(filter.offset)
    .execute()
  return { users: rows.map(toUser), total: Number(total) }
}

function filtered(tx: Tx, { roles, status, search }: UserFilter) {
  return tx.db
    .selectFrom('users')
    .$if(roles !== undefined, (query) => query.where(anyOf(tx.dialect, 'role', roles ?? [])))
    .$if(status !== undefined, (query) => query.where('status', '=', status ?? ''))
    .$if(search !== undefined && search !== '', (query) =>
      query.where(oneHolds(tx.dialect, ['name', 'email'], search ?? '')),
    )
}
