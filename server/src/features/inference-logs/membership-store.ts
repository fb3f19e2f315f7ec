import { sql } from 'kysely'
import type { Tx } from '../../platform/db/database.ts'
import type { CollectedLog, Membership } from './membership.ts'

/** One that exists stays as it is, unless it no longer depends on the log being public. */
export async function insertMembership(tx: Tx, made: Membership): Promise<void> {
  const row = {
    collection_id: made.collectionId,
    request_id: made.requestId,
    added_at: made.addedAt,
    added_by: made.addedBy,
    notes: made.notes,
    needs_public: made.needsPublic ? 1 : 0,
  }
  await tx.insertMany('collection_requests', [row], 'ignore')
  if (made.needsPublic) return
  await tx.db
    .updateTable('collection_requests')
    .set({ needs_public: 0 })
    .where('collection_id', '=', made.collectionId)
    .where('request_id', '=', made.requestId)
    .where('needs_public', '=', 1)
    .execute()
}

/** False when the log was not in the collection. */
export async function deleteMembership(
  tx: Tx,
  collectionId: number,
  requestId: string,
): Promise<boolean> {
  const { numDeletedRows } = await tx.db
    .deleteFrom('collection_requests')
    .where('collection_id', '=', collectionId)
    .where('request_id', '=', requestId)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** Whether the log shows in the collection. */
export async function isMember(tx: Tx, collectionId: number, requestId: string): Promise<boolean> {
  const row = await shownMembers(tx, collectionId)
    .select('members.request_id')
    .where('members.request_id', '=', requestId)
    .executeTakeFirst()
  return row !== undefined
}

/** Last added first, with the number of all. */
export async function pageOfMembers(
  tx: Tx,
  collectionId: number,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ readonly requests: CollectedLog[]; readonly total: number }> {
  const { total } = await shownMembers(tx, collectionId)
    .select(({ fn }) => fn.countAll().as('total'))
    .executeTakeFirstOrThrow()
  const requests = await shownMembers(tx, collectionId)
    .select([
      'members.request_id as requestId',
      'members.added_at as addedAt',
      'members.added_by as addedBy',
      'members.notes as notes',
      'logs.created_at as createdAt',
      'logs.completed_at as completedAt',
      'logs.model as model',
      'logs.final_text as finalText',
    ])
    .orderBy('members.added_at', 'desc')
    .orderBy('members.request_id', 'desc')
    .limit(page.limit)
    .offset(page.offset)
    .execute()
  return { requests, total: Number(total) }
}

function shownMembers(tx: Tx, collectionId: number) {
  return tx.db
    .selectFrom('collection_requests as members')
    .innerJoin('inference_logs as logs', 'logs.request_id', 'members.request_id')
    .where('members.collection_id', '=', collectionId)
    .where(sql<boolean>`(members.needs_public = 0 or logs.is_public = 1)`)
}
