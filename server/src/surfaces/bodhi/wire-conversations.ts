import { setImmediate } from 'node:timers/promises'
import type {
  Conversation as WireConversation,
  ConversationContent as WireContent,
  NewConversation as WireNew,
} from '@pharos/contract/bodhi/conversations.ts'
import {
  toMs,
  type Conversation,
  type GivenMessage,
  type NewConversation,
  type WholeConversation,
} from '../../features/conversations/index.ts'

/** Conversations, wire ↔ domain. Source: bodhi contract §9.4. */

export function toListed({ id, title, createdAt, updatedAt }: Conversation): WireConversation {
  return { id, title, createdAt: toMs(createdAt), updatedAt: toMs(updatedAt), messages: [] }
}

type WireMessage = WireConversation['messages'][number]

function toMessage(message: WholeConversation['messages'][number]): WireMessage {
  const { id, role, name, content, createdAt } = message
  return { id, role, ...(name !== null && { name }), content, createdAt: toMs(createdAt) }
}

/** So much is written at a time before others have their turn. */
const pieceCharacters = 256 * 1024

/** A `Conversation` as JSON, in pieces. */
export async function toJson(conversation: WholeConversation): Promise<readonly Uint8Array[]> {
  const { messages: _, ...head } = toListed(conversation)
  const pieces: Uint8Array[] = []
  let text = `${JSON.stringify(head).slice(0, -1)},"messages":[`
  for (const [index, message] of conversation.messages.entries()) {
    text += `${index === 0 ? '' : ','}${JSON.stringify(toMessage(message))}`
    if (text.length < pieceCharacters) continue
    pieces.push(Buffer.from(text))
    text = ''
    await setImmediate()
  }
  return [...pieces, Buffer.from(`${text}]}`)]
}

export function fromNew({ id, title, createdAt, messages }: WireNew): NewConversation {
  return {
    id: id === undefined || id === '' ? null : id,
    title: title ?? 'New Chat',
    createdAt: toSeconds(createdAt),
    messages: fromMessages(messages ?? []),
  }
}

export function fromMessages(messages: WireContent['messages']): readonly GivenMessage[] {
  return messages.map(({ id = null, role, name = null, content = null, createdAt }) => ({
    id: id === '' ? null : id,
    role,
    name,
    content,
    createdAt: toSeconds(createdAt),
  }))
}

/** Older clients say 0 for "not known". */
function toSeconds(ms: number | null | undefined): number | null {
  return ms === undefined || ms === null || ms === 0 ? null : ms / 1000
}
