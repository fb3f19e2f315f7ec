import { Role } from '@pharos/contract/vocabulary.ts'
import type { Insertable, Selectable } from 'kysely'
import { anyOf } from '../../../platform/db/any-of.ts'
import type { SessionsTable } from '../../../platform/db/account-tables.ts'
import { defineTask, type Tx } from '../../../platform/db/database.ts'
import type { LiveSession, SessionHead, SessionKind } from './session.ts'

export interface StoredSession extends SessionHead {
  readonly sealed: string | null
}

/** Only a word that is known makes a session of a person. */
function toKind(word: string): SessionKind {
  return word === 'password' || word === 'oidc' ? word : 'anonymous'
}

function toStored(row: Selectable<SessionsTable>): StoredSession {
  return {
    id: row.id,
    userId: row.user_id,
    kind: toKind(row.kind),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastSeenAt: row.last_seen_at,
    ip: row.ip,
    userAgent: row.user_agent,
    sealed: row.data,
  }
}

export async function insertSession(tx: Tx, session: StoredSession): Promise<void> {
  const row: Insertable<SessionsTable> = {
    id: session.id,
    user_id: session.userId,
    kind: session.kind,
    data: session.sealed,
    created_at: session.createdAt,
    expires_at: session.expiresAt,
    last_seen_at: session.lastSeenAt,
    ip: session.ip,
    user_agent: session.userAgent,
    refresh_lease_until: null,
  }
  await tx.db.insertInto('sessions').values(row).execute()
}

export interface Asked {
  readonly ids: readonly string[]
  readonly nowSeconds: number
}

/** The session with an id, whatever its kind, if it has not ended. */
export async function selectSession(
  tx: Tx,
  id: string,
  nowSeconds: number,
): Promise<StoredSession | undefined> {
  const row = await tx.db
    .selectFrom('sessions')
    .selectAll()
    .where('id', '=', id)
    .where('expires_at', '>', nowSeconds)
    .executeTakeFirst()
  return row === undefined ? undefined : toStored(row)
}

/**
 * Those of the sessions that speak for somebody now, with the person as he is now. A task, since
 * each request with a session asks: one trip to a reader, two looks into primary keys.
 */
export const liveSessions = defineTask<Asked, readonly LiveSession[]>({
  module: import.meta.url,
  name: 'liveSessions',
  async run(tx, { ids, nowSeconds }) {
    const rows = await tx.db
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .select([
        'sessions.id',
        'sessions.kind',
        'sessions.created_at',
        'sessions.expires_at',
        'sessions.last_seen_at',
        'users.id as user_id',
        'users.role',
        'users.name',
      ])
      .where(anyOf(tx.dialect, 'sessions.id', ids))
      .where('sessions.kind', 'in', ['password', 'oidc'])
      .where('sessions.expires_at', '>', nowSeconds)
      .where('users.status', '=', 'active')
      .execute()
    return rows.flatMap((row) => {
      const role = Role.safeParse(row.role).data
      // A role that this version does not know, left by a newer one, gives no power.
      return role === undefined ? [] : [toLive(row, role)]
    })
  },
})

type LiveRow = Pick<
  Selectable<SessionsTable>,
  'id' | 'kind' | 'created_at' | 'expires_at' | 'last_seen_at'
> & { readonly user_id: string; readonly name: string }

function toLive(row: LiveRow, role: Role): LiveSession {
  return {
    id: row.id,
    userId: row.user_id,
    kind: toKind(row.kind),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastSeenAt: row.last_seen_at,
    role,
    name: row.name,
  }
}

/** False when there is no such session any more. */
export async function saveSessionData(tx: Tx, id: string, sealed: string | null): Promise<boolean> {
  const { numUpdatedRows } = await tx.db
    .updateTable('sessions')
    .set({ data: sealed })
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

export interface SessionUsed {
  readonly id: string
  readonly lastSeenAt: number
  readonly expiresAt: number
}

export async function saveSessionUse(tx: Tx, used: readonly SessionUsed[]): Promise<void> {
  const rows = used.map(({ id, lastSeenAt, expiresAt }) => ({
    id,
    last_seen_at: lastSeenAt,
    expires_at: expiresAt,
  }))
  await tx.updateMany('sessions', 'id', rows)
}

export async function deleteSession(tx: Tx, id: string): Promise<void> {
  await tx.db.deleteFrom('sessions').where('id', '=', id).execute()
}

/** Ends all sessions of a person, but one where one is named. */
export async function deleteSessionsOf(
  tx: Tx,
  userId: string,
  exceptId: string | null,
): Promise<number> {
  const { numDeletedRows } = await tx.db
    .deleteFrom('sessions')
    .where('user_id', '=', userId)
    .$if(exceptId !== null, (query) => query.where('id', '<>', exceptId ?? ''))
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

export async function deleteSessionsOver(tx: Tx, nowSeconds: number): Promise<number> {
  const { numDeletedRows } = await tx.db
    .deleteFrom('sessions')
    .where('expires_at', '<=', nowSeconds)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

/**
 * Takes the sole right to renew what a session keeps, until a time. False when somebody else, in
 * whatever process, has it still, or the session has ended.
 */
export async function takeRefreshLease(
  tx: Tx,
  id: string,
  { nowSeconds, untilSeconds }: { readonly nowSeconds: number; readonly untilSeconds: number },
): Promise<boolean> {
  const { numUpdatedRows } = await tx.db
    .updateTable('sessions')
    .set({ refresh_lease_until: untilSeconds })
    .where('id', '=', id)
    .where('expires_at', '>', nowSeconds)
    .where((is) =>
      is.or([is('refresh_lease_until', 'is', null), is('refresh_lease_until', '<=', nowSeconds)]),
    )
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** Gives the right back, unless it ran out and is somebody else's: then it ends at another time. */
export async function dropRefreshLease(tx: Tx, id: string, untilSeconds: number): Promise<void> {
  await tx.db
    .updateTable('sessions')
    .set({ refresh_lease_until: null })
    .where('id', '=', id)
    .where('refresh_lease_until', '=', untilSeconds)
    .execute()
}
