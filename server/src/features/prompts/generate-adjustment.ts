import { DomainError } from '../../platform/domain-error.ts'
import type { Tx } from '../../platform/db/database.ts'
import { allow, type Uses } from '../identity/index.ts'
import { adjustmentText, type CommentedRun } from './adjustment-text.ts'
import { commentNotFound, type Comment } from './comment.ts'
import { findComments, findRuns } from './comment-store.ts'
import { promptNotFound } from './prompt.ts'
import { findVersion } from './store.ts'

export interface AdjustmentWish {
  readonly commentIds: readonly string[]
  /** Ask for a list of changes rather than for the changed prompt; default false. */
  readonly isSummary?: boolean
}

export interface Adjustment {
  /** What a model is to be asked. */
  readonly text: string
  readonly originalPrompt: string
  readonly commentCount: number
}

/**
 * Puts a prompt, runs of it and what reviewers said into one request for a model; none is asked.
 * Needs `prompts:read`, and `executions:read` where a comment is about an execution.
 * @throws DomainError `not-found` for the prompt or a comment; `invalid` without comments, for one
 * of another prompt, and for an execution that has no result.
 */
export async function generateAdjustment(
  ctx: Uses<'db' | 'caller'>,
  promptId: string,
  { commentIds, isSummary = false }: AdjustmentWish,
): Promise<Adjustment> {
  allow(ctx.caller, 'prompts:read')
  if (commentIds.length === 0) throw new DomainError('invalid', 'Name at least one comment')
  return ctx.db.read(async (tx) => {
    const version = await findVersion(tx, promptId)
    if (version === undefined) throw promptNotFound(promptId)
    const comments = await commentsOfPrompt(tx, promptId, commentIds)
    const ofRuns = Map.groupBy(comments, ({ executionId }) => executionId)
    const generic = ofRuns.get(null) ?? []
    if (generic.length < comments.length) allow(ctx.caller, 'executions:read')
    const runs = await commentedRuns(tx, ofRuns)
    const { prompt } = version
    return {
      text: adjustmentText({ prompt, runs, comments: generic, isSummary }),
      originalPrompt: prompt,
      commentCount: comments.length,
    }
  })
}

/** In the order in which they are named. */
async function commentsOfPrompt(
  tx: Tx,
  promptId: string,
  ids: readonly string[],
): Promise<readonly Comment[]> {
  const found = await findComments(tx, ids)
  return ids.map((id) => {
    const comment = found.get(id)
    if (comment === undefined) throw commentNotFound(id)
    if (comment.promptId === promptId) return comment
    throw new DomainError('invalid', `The comment ${id} is not about the prompt ${promptId}`)
  })
}

/** In the order in which comments first speak of them. */
async function commentedRuns(
  tx: Tx,
  ofRuns: ReadonlyMap<string | null, readonly Comment[]>,
): Promise<readonly CommentedRun[]> {
  const ids = [...ofRuns.keys()].filter((id) => id !== null)
  const found = await findRuns(tx, ids)
  return ids.map((id) => {
    const run = found.get(id)
    if (run?.status !== 'completed' || run.result === null || run.result === '') {
      throw new DomainError('invalid', `The execution ${id} has no result`)
    }
    return { userInput: run.userInput, result: run.result, comments: ofRuns.get(id) ?? [] }
  })
}
