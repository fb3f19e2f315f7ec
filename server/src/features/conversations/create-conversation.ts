import { DomainError } from '../../platform/domain-error.ts'
import { allow, identityOf, type Uses } from '../identity/index.ts'
import { checkConversationId, toMessages, toTitle } from './check-content.ts'
import { nextTime, type GivenMessage, type WholeConversation } from './conversation.ts'
import { planMessages } from './plan-messages.ts'
import { insertConversation, saveMessages } from './store.ts'

export interface NewConversation {
  /** A new UUID if there is none. */
  readonly id: string | null
  readonly title: string
  /** Now if there is none. Unix seconds in whole milliseconds. */
  readonly createdAt: number | null
  readonly messages: readonly GivenMessage[]
}

/**
 * Keeps a conversation that only the caller sees. Needs `conversations:own`.
 * @throws DomainError `invalid`; `conflict` when the caller has one of that id.
 */
export async function createConversation(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  given: NewConversation,
): Promise<WholeConversation> {
  allow(ctx.caller, 'conversations:own')
  const owner = identityOf(ctx.caller)
  const id = given.id === null ? ctx.ids.uuid() : checkConversationId(given.id)
  const title = toTitle(given.title)
  const now = nextTime(ctx.clock.nowSeconds(), 0)
  const making = { now, newId: () => ctx.ids.uuid() }
  const { messages } = planMessages([], toMessages(given.messages), making)
  const made = { id, title, createdAt: given.createdAt ?? now, updatedAt: now }
  await ctx.db.write(async (tx) => {
    if (!(await insertConversation(tx, owner, made))) {
      throw new DomainError('conflict', `There is a conversation ${id} already`, {
        details: { param: 'id' },
      })
    }
    await saveMessages(tx, { owner, conversationId: id, messages, keptCount: 0 })
  })
  return { ...made, messages }
}
