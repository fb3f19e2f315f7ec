import { DomainError } from '../../platform/domain-error.ts'
import { toStorableText } from '../../platform/db/storable-text.ts'
import { allow, auditEntry, identityOf, insertAudit, mayUse, type Uses } from '../identity/index.ts'
import { commentNotFound, type Comment, type NewComment } from './comment.ts'
import {
  commentsOn,
  insertComments,
  makerOfComment,
  removeComment,
  type CommentTarget,
} from './comment-store.ts'

/**
 * Keeps what somebody says of a prompt or an execution; whether these exist is not looked at. Whoever
 * may read prompts may comment: `prompts:read`. Source: rulings §2.
 */
export async function createComment(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  given: NewComment,
): Promise<Comment> {
  allow(ctx.caller, 'prompts:read')
  const at = ctx.clock.nowSeconds()
  const text = toStorableText(given.text)
  const comment = { ...given, text, id: ctx.ids.uuid(), createdAt: at, updatedAt: at }
  const input = { comment, createdBy: identityOf(ctx.caller) }
  await ctx.db.enqueue(insertComments, input, 512 + 2 * text.length)
  return comment
}

/** Comments on a prompt or an execution, the newest first. Needs `prompts:read`. */
export async function listComments(
  ctx: Uses<'db' | 'caller'>,
  target: CommentTarget,
): Promise<readonly Comment[]> {
  allow(ctx.caller, 'prompts:read')
  return ctx.db.read((tx) => commentsOn(tx, target))
}

/**
 * Deletes a comment: one's own with `prompts:read`, any with `prompts:write`.
 * @throws DomainError `not-found`; `forbidden` for somebody else's.
 */
export async function deleteComment(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  id: string,
): Promise<void> {
  allow(ctx.caller, 'prompts:read')
  await ctx.db.write(async (tx) => {
    const maker = await makerOfComment(tx, id)
    if (maker === undefined) throw commentNotFound(id)
    if (maker !== identityOf(ctx.caller) && !mayUse(ctx.caller, 'prompts:write')) {
      throw new DomainError('forbidden', 'This is the comment of somebody else')
    }
    await removeComment(tx, id)
    await insertAudit(tx, [auditEntry(ctx, { kind: 'comment', id }, 'delete', {})])
  })
}
