import { allow, identityOf, type Uses } from '../identity/index.ts'
import { conversationNotFound, type WholeConversation } from './conversation.ts'
import {
  findConversation,
  messagesOf,
  pageOfConversations,
  type ConversationPage,
  type ConversationQuery,
} from './store.ts'

/** A page of the caller's conversations, and how many there are. Needs `conversations:own`. */
export async function listConversations(
  ctx: Uses<'db' | 'caller'>,
  query: ConversationQuery,
): Promise<ConversationPage> {
  allow(ctx.caller, 'conversations:own')
  return ctx.db.run(pageOfConversations, { ...query, owner: identityOf(ctx.caller) })
}

/**
 * One of the caller's conversations. Needs `conversations:own`.
 * @throws DomainError `not-found`, for one of somebody else's too.
 */
export async function getConversation(
  ctx: Uses<'db' | 'caller'>,
  id: string,
): Promise<WholeConversation> {
  allow(ctx.caller, 'conversations:own')
  const owner = identityOf(ctx.caller)
  return ctx.db.read(async (tx) => {
    const found = await findConversation(tx, owner, id)
    if (found === undefined) throw conversationNotFound(id)
    return { ...found, messages: await messagesOf(tx, owner, id) }
  })
}
