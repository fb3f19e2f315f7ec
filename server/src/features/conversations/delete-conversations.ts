import { allow, auditEntry, identityOf, insertAudit, type Uses } from '../identity/index.ts'
import { checkExpected, conversationNotFound, type Expected } from './conversation.ts'
import { findConversation, removeConversations } from './store.ts'

/**
 * Deletes one of the caller's conversations with its messages. Needs `conversations:own`.
 * @throws DomainError `not-found`; `precondition` when it is not as expected.
 */
export async function deleteConversation(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  id: string,
  isExpected?: Expected,
): Promise<void> {
  allow(ctx.caller, 'conversations:own')
  const owner = identityOf(ctx.caller)
  await ctx.db.write(async (tx) => {
    const known = await findConversation(tx, owner, id, { isLocked: true })
    if (known === undefined) throw conversationNotFound(id)
    checkExpected(known, isExpected)
    await removeConversations(tx, owner, id)
    await insertAudit(tx, [auditEntry(ctx, { kind: 'conversation', id }, 'delete', {})])
  })
}

/** Deletes all of the caller's conversations. Needs `conversations:own`. */
export async function deleteConversations(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
): Promise<void> {
  allow(ctx.caller, 'conversations:own')
  const owner = identityOf(ctx.caller)
  await ctx.db.write(async (tx) => {
    const count = await removeConversations(tx, owner, undefined)
    if (count === 0) return
    await insertAudit(tx, [auditEntry(ctx, { kind: 'conversation', id: '*' }, 'delete', { count })])
  })
}
