import { isId } from './check-content.ts'
import type { GivenMessage, Message } from './conversation.ts'

interface Making {
  /** Unix seconds in whole milliseconds. */
  readonly now: number
  newId(): string
}

export interface MessagePlan {
  readonly messages: readonly Message[]
  /** So many at the beginning are stored as they are. */
  readonly keptCount: number
}

/**
 * What a list of messages that replaces another one comes to. A message that names a stored one keeps
 * its time; one that says in the same place the same as before, without an id, is that one. Ids are
 * unique within the list: a second of the same gets a new one.
 */
export function planMessages(
  stored: readonly Message[],
  given: readonly GivenMessage[],
  making: Making,
): MessagePlan {
  const byId = new Map(stored.map((message) => [message.id, message]))
  const taken = new Set<string>()
  const messages = given.map((message, position): Message => {
    const known = knownAs(message, { same: stored[position], byId })
    const id = [known?.id, message.id].find(
      (one) => typeof one === 'string' && isId(one) && !taken.has(one),
    )
    const made = id ?? making.newId()
    taken.add(made)
    const { role, name, content } = message
    const isKnown = known !== undefined && known.id === made
    const createdAt = isKnown ? known.createdAt : (message.createdAt ?? making.now)
    return { id: made, role, name, content, createdAt }
  })
  const firstChange = messages.findIndex((message, position) => {
    const before = stored[position]
    return before === undefined || !isSame(message, before)
  })
  return { messages, keptCount: firstChange === -1 ? messages.length : firstChange }
}

function knownAs(
  { id, role, name, content }: GivenMessage,
  {
    same,
    byId,
  }: { readonly same: Message | undefined; readonly byId: ReadonlyMap<string, Message> },
): Message | undefined {
  if (id !== null) return byId.get(id)
  const saysTheSame =
    same !== undefined && same.role === role && same.name === name && same.content === content
  return saysTheSame ? same : undefined
}

function isSame(one: Message, other: Message): boolean {
  return (
    one.id === other.id &&
    one.role === other.role &&
    one.name === other.name &&
    one.content === other.content &&
    one.createdAt === other.createdAt
  )
}
