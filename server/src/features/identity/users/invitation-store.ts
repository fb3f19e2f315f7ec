import type { Selectable } from 'kysely'
import type { Tx } from '../../../platform/db/database.ts'
import type { InvitationsTable } from '../../../platform/db/account-tables.ts'
import type { Invitation } from './invitation.ts'

function toInvitation(row: Selectable<InvitationsTable>): Invitation {
  return {
    userId: row.user_id,
    expiresAt: row.expires_at,
    invitedBy: row.invited_by,
    createdAt: row.created_at,
  }
}

/** Takes the place of an older invitation, whose token then opens nothing. */
export async function saveInvitation(
  tx: Tx,
  invitation: Invitation,
  tokenHash: string,
): Promise<void> {
  const row: Selectable<InvitationsTable> = {
    user_id: invitation.userId,
    token_hash: tokenHash,
    expires_at: invitation.expiresAt,
    invited_by: invitation.invitedBy,
    created_at: invitation.createdAt,
  }
  const { user_id: _, ...changes } = row
  await tx.db
    .insertInto('invitations')
    .values(row)
    .onConflict((clash) => clash.column('user_id').doUpdateSet(changes))
    .execute()
}

export async function findInvitation(
  tx: Tx,
  tokenHash: string,
  at: number,
): Promise<Invitation | undefined> {
  const row = await tx.db
    .selectFrom('invitations')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .where('expires_at', '>', at)
    .executeTakeFirst()
  return row && toInvitation(row)
}

/** Gives the invitation to one of those who take it at once, and to nobody after. */
export async function takeInvitation(
  tx: Tx,
  tokenHash: string,
  at: number,
): Promise<Invitation | undefined> {
  const row = await tx.db
    .deleteFrom('invitations')
    .where('token_hash', '=', tokenHash)
    .where('expires_at', '>', at)
    .returningAll()
    .executeTakeFirst()
  return row && toInvitation(row)
}

export async function invitationOf(tx: Tx, userId: string): Promise<Invitation | undefined> {
  const row = await tx.db
    .selectFrom('invitations')
    .selectAll()
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return row && toInvitation(row)
}

/** Those who never came and whose invitation is over. */
export async function usersWithOldInvitations(tx: Tx, at: number): Promise<readonly string[]> {
  const rows = await tx.db
    .selectFrom('users')
    .innerJoin('invitations', 'invitations.user_id', 'users.id')
    .select('users.id')
    .where('users.status', '=', 'pending')
    .where('invitations.expires_at', '<=', at)
    .execute()
  return rows.map((row) => row.id)
}
