import type { Tx } from '../../platform/db/database.ts'
import { toStorableText } from '../../platform/db/storable-text.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { allow, identityOf, type Caller, type Uses } from '../identity/index.ts'
import { isAdmin } from './access.ts'
import type { Discussion } from './discussion.ts'
import {
  deleteDiscussion,
  findDiscussion,
  insertDiscussion,
  pageOfDiscussions,
  saveComment,
  touchLog,
} from './notes-store.ts'
import { readableLog } from './readable-log.ts'

const maxUsernameCharacters = 255
const maxCommentCharacters = 1_048_576

/** What was said about a log that the caller may read, oldest first. */
export async function listDiscussions(
  ctx: Uses<'db' | 'caller'>,
  requestId: string,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ readonly discussions: readonly Discussion[]; readonly total: number }> {
  return ctx.db.read(async (tx) => {
    await readableLog(tx, ctx.caller, requestId)
    return pageOfDiscussions(tx, requestId, page)
  })
}

/** Throws `not-found` for the log or the comment, `forbidden` for a log that is out of reach. */
export async function getDiscussion(
  ctx: Uses<'db' | 'caller'>,
  requestId: string,
  id: number,
): Promise<Discussion> {
  return ctx.db.read(async (tx) => {
    await readableLog(tx, ctx.caller, requestId)
    return existing(tx, requestId, id)
  })
}

/**
 * Says something about a log that the caller may read. The username is shown as given; that the
 * comment is the caller's own is remembered beside it.
 */
export async function addDiscussion(
  ctx: Uses<'db' | 'clock' | 'caller'>,
  requestId: string,
  said: { readonly username: string; readonly comment: string },
): Promise<Discussion> {
  allow(ctx.caller, 'logs:write')
  const username = toText(said.username, 'username', maxUsernameCharacters)
  const comment = toText(said.comment, 'comment', maxCommentCharacters)
  const now = ctx.clock.nowSeconds()
  return ctx.db.write(async (tx) => {
    await readableLog(tx, ctx.caller, requestId)
    await touchLog(tx, requestId)
    const author = identityOf(ctx.caller)
    const made = { requestId, username, comment, author, createdAt: now, updatedAt: now }
    return insertDiscussion(tx, made)
  })
}

/** Changes a comment of the caller's own; an admin changes any. */
export async function editDiscussion(
  ctx: Uses<'db' | 'clock' | 'caller'>,
  requestId: string,
  id: number,
  text: string,
): Promise<Discussion> {
  allow(ctx.caller, 'logs:write')
  const comment = toText(text, 'comment', maxCommentCharacters)
  const updatedAt = ctx.clock.nowSeconds()
  return ctx.db.write(async (tx) => {
    await readableLog(tx, ctx.caller, requestId)
    const found = await ownDiscussion(tx, ctx.caller, requestId, id)
    await touchLog(tx, requestId)
    await saveComment(tx, id, { comment, updatedAt })
    return { ...found, comment, updatedAt }
  })
}

/** Deletes a comment of the caller's own; an admin deletes any. */
export async function removeDiscussion(
  ctx: Uses<'db' | 'caller'>,
  requestId: string,
  id: number,
): Promise<void> {
  allow(ctx.caller, 'logs:write')
  await ctx.db.write(async (tx) => {
    await readableLog(tx, ctx.caller, requestId)
    await ownDiscussion(tx, ctx.caller, requestId, id)
    await touchLog(tx, requestId)
    await deleteDiscussion(tx, id)
  })
}

async function existing(tx: Tx, requestId: string, id: number): Promise<Discussion> {
  const found = await findDiscussion(tx, requestId, id)
  if (found === undefined) throw new DomainError('not-found', 'Discussion not found')
  return found
}

async function ownDiscussion(
  tx: Tx,
  caller: Caller,
  requestId: string,
  id: number,
): Promise<Discussion> {
  const found = await existing(tx, requestId, id)
  if (isAdmin(caller) || found.author === identityOf(caller)) return found
  throw new DomainError('forbidden', 'This comment was written by somebody else')
}

function toText(given: string, called: string, maxCharacters: number): string {
  const text = toStorableText(given).trim()
  if (text === '') throw new DomainError('invalid', `${called} must not be blank`)
  const length = text.length > 2 * maxCharacters ? text.length : Array.from(text).length
  if (length <= maxCharacters) return text
  throw new DomainError('invalid', `${called} has more than ${maxCharacters} characters`)
}
