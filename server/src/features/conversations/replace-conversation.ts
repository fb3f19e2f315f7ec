import { allow, identityOf, type Uses } from '../identity/index.ts'
import { toMessages, toTitle } from './check-content.ts'
import {
  checkExpected,
  conversationNotFound,
  nextTime,
  type Expected,
  type GivenMessage,
  type WholeConversation,
} from './conversation.ts'
import { planMessages } from './plan-messages.ts'
import { findConversation, messagesOf, saveConversation, saveMessages } from './store.ts'

export interface ConversationContent {
  readonly title: string
  readonly messages: readonly GivenMessage[]
  /** Whatever state it is in, if not given. */
  readonly isExpected?: Expected
}

/**
 * Gives one of the caller's conversations another title and other messages. Needs
 * `conversations:own`.
 * @throws DomainError `invalid`; `not-found`; `precondition` when it is not as expected.
 */
export async function replaceConversation(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  id: string,
  content: ConversationContent,
): Promise<WholeConversation> {
  allow(ctx.caller, 'conversations:own')
  const owner = identityOf(ctx.caller)
  const title = toTitle(content.title)
  const given = toMessages(content.messages)
  return ctx.db.write(async (tx) => {
    const known = await findConversation(tx, owner, id, { isLocked: true })
    if (known === undefined) throw conversationNotFound(id)
    checkExpected(known, content.isExpected)
    const now = nextTime(ctx.clock.nowSeconds(), known.updatedAt)
    const changed = { ...known, title, updatedAt: now }
    const making = { now, newId: () => ctx.ids.uuid() }
    const plan = planMessages(await messagesOf(tx, owner, id), given, making)
    await saveConversation(tx, owner, changed)
    await saveMessages(tx, { owner, conversationId: id, ...plan })
    return { ...changed, messages: plan.messages }
  })
}
