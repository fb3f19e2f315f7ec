import type { Selectable } from 'kysely'
import { anyOf } from '../../platform/db/any-of.ts'
import { defineGroup, type Tx } from '../../platform/db/database.ts'
import type { CommentsTable } from '../../platform/db/prompt-tables.ts'
import { parseObject } from '../../platform/json.ts'
import type { Comment, CommentPlace } from './comment.ts'

interface OwnedComment {
  readonly comment: Comment
  readonly createdBy: string
}

export const insertComments = defineGroup<OwnedComment, null>({
  module: import.meta.url,
  name: 'insertComments',
  async run(tx, inputs) {
    const rows = inputs.map(({ comment, createdBy }) => ({
      id: comment.id,
      text: comment.text,
      data: JSON.stringify(comment.place),
      prompt_id: comment.promptId,
      execution_id: comment.executionId,
      created_by: createdBy,
      created_at: comment.createdAt,
      updated_at: comment.updatedAt,
    }))
    await tx.insertMany('comments', rows)
    return { replies: inputs.map(() => null), events: [] }
  },
})

export type CommentTarget = { readonly promptId: string } | { readonly executionId: string }

/** The newest first. */
export async function commentsOn(tx: Tx, target: CommentTarget): Promise<readonly Comment[]> {
  const [column, id] =
    'promptId' in target
      ? (['prompt_id', target.promptId] as const)
      : (['execution_id', target.executionId] as const)
  const rows = await tx.db
    .selectFrom('comments')
    .selectAll()
    .where(column, '=', id)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
  return rows.map(toComment)
}

export async function findComments(
  tx: Tx,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Comment>> {
  const rows = await tx.db
    .selectFrom('comments')
    .selectAll()
    .where(anyOf(tx.dialect, 'id', ids))
    .execute()
  return new Map(rows.map((row) => [row.id, toComment(row)]))
}

/** Who made it; undefined if there is none, null if that is not known. */
export async function makerOfComment(tx: Tx, id: string): Promise<string | null | undefined> {
  const row = await tx.db
    .selectFrom('comments')
    .select('created_by')
    .where('id', '=', id)
    .executeTakeFirst()
  return row?.created_by
}

export async function removeComment(tx: Tx, id: string): Promise<void> {
  await tx.db.deleteFrom('comments').where('id', '=', id).execute()
}

/** What an execution said to what it was given. */
export interface JudgedRun {
  readonly id: string
  readonly status: string
  readonly userInput: string
  readonly result: string | null
}

export async function findRuns(
  tx: Tx,
  ids: readonly string[],
): Promise<ReadonlyMap<string, JudgedRun>> {
  const rows = await tx.db
    .selectFrom('executions')
    .select(['id', 'status', 'user_input', 'result'])
    .where(anyOf(tx.dialect, 'id', ids))
    .execute()
  return new Map(
    rows.map(({ id, status, user_input, result }) => [
      id,
      { id, status, userInput: user_input, result },
    ]),
  )
}

function toComment(row: Selectable<CommentsTable>): Comment {
  return {
    id: row.id,
    text: row.text,
    place: toPlace(row.data),
    promptId: row.prompt_id,
    executionId: row.execution_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

function toPlace(json: string): CommentPlace {
  const { kind, selectedText, startOffset, endOffset } = parseObject(json)
  if (kind !== 'execution') return { kind: 'generic' }
  return {
    kind,
    selectedText: typeof selectedText === 'string' ? selectedText : '',
    startOffset: typeof startOffset === 'number' ? startOffset : 0,
    endOffset: typeof endOffset === 'number' ? endOffset : 0,
  }
}
