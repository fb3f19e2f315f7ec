import type { Selectable } from 'kysely'
import type { Tx } from '../../platform/db/database.ts'
import type { DiscussionsTable } from '../../platform/db/schema.ts'
import { DomainError } from '../../platform/domain-error.ts'
import type { Discussion } from './discussion.ts'

/** The lists of names that people attach to a log, in the order of their adding. */
export interface LogNotes {
  readonly favoritedBy: readonly string[]
  readonly tags: readonly string[]
}

/**
 * Counts a change of what is known of a log, so that no process takes its copy for the newest; the
 * row is locked until the transaction ends. Throws `not-found`.
 */
export async function touchLog(tx: Tx, requestId: string): Promise<LogNotes> {
  const row = await tx.db
    .updateTable('inference_logs')
    .set(({ eb }) => ({ revision: eb('revision', '+', 1) }))
    .where('request_id', '=', requestId)
    .returning(['favorited_by', 'tags'])
    .executeTakeFirst()
  if (row === undefined) throw new DomainError('not-found', 'Request not found')
  return toNotes(row)
}

export async function notesOfLog(tx: Tx, requestId: string): Promise<LogNotes> {
  const row = await tx.db
    .selectFrom('inference_logs')
    .select(['favorited_by', 'tags'])
    .where('request_id', '=', requestId)
    .executeTakeFirstOrThrow()
  return toNotes(row)
}

export async function saveNotes(tx: Tx, requestId: string, notes: LogNotes): Promise<void> {
  await tx.db
    .updateTable('inference_logs')
    .set({
      favorited_by: JSON.stringify(notes.favoritedBy),
      tags: JSON.stringify(notes.tags),
    })
    .where('request_id', '=', requestId)
    .execute()
}

export async function setPublic(tx: Tx, requestId: string, isPublic: boolean): Promise<void> {
  await tx.db
    .updateTable('inference_logs')
    .set({ is_public: isPublic ? 1 : 0 })
    .where('request_id', '=', requestId)
    .execute()
}

export async function insertDiscussion(tx: Tx, made: Omit<Discussion, 'id'>): Promise<Discussion> {
  const [id] = await tx.allocate('discussions', 1)
  if (id === undefined) throw new Error('The counter gave no number')
  await tx.db
    .insertInto('discussions')
    .values({
      id,
      request_id: made.requestId,
      username: made.username,
      comment: made.comment,
      author: made.author,
      created_at: made.createdAt,
      updated_at: made.updatedAt,
    })
    .execute()
  return { id, ...made }
}

/** Oldest first. */
export async function pageOfDiscussions(
  tx: Tx,
  requestId: string,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ readonly discussions: Discussion[]; readonly total: number }> {
  const { total } = await tx.db
    .selectFrom('discussions')
    .select(({ fn }) => fn.countAll().as('total'))
    .where('request_id', '=', requestId)
    .executeTakeFirstOrThrow()
  const rows = await tx.db
    .selectFrom('discussions')
    .selectAll()
    .where('request_id', '=', requestId)
    .orderBy('created_at')
    .orderBy('id')
    .limit(page.limit)
    .offset(page.offset)
    .execute()
  return { discussions: rows.map(toDiscussion), total: Number(total) }
}

export async function findDiscussion(
  tx: Tx,
  requestId: string,
  id: number,
): Promise<Discussion | undefined> {
  const row = await tx.db
    .selectFrom('discussions')
    .selectAll()
    .where('id', '=', id)
    .where('request_id', '=', requestId)
    .executeTakeFirst()
  return row && toDiscussion(row)
}

export async function saveComment(
  tx: Tx,
  id: number,
  { comment, updatedAt }: Pick<Discussion, 'comment' | 'updatedAt'>,
): Promise<void> {
  await tx.db
    .updateTable('discussions')
    .set({ comment, updated_at: updatedAt })
    .where('id', '=', id)
    .execute()
}

export async function deleteDiscussion(tx: Tx, id: number): Promise<void> {
  await tx.db.deleteFrom('discussions').where('id', '=', id).execute()
}

function toDiscussion(row: Selectable<DiscussionsTable>): Discussion {
  return {
    id: row.id,
    requestId: row.request_id,
    username: row.username,
    comment: row.comment,
    author: row.author,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

/** Our own columns, written as lists of text only. */
function toNotes(row: { readonly favorited_by: string; readonly tags: string }): LogNotes {
  const parse = (json: string): readonly string[] => JSON.parse(json) as readonly string[]
  return { favoritedBy: parse(row.favorited_by), tags: parse(row.tags) }
}
