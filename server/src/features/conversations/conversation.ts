import { DomainError } from '../../platform/domain-error.ts'

/** Whose words a message is. */
export type MessageRole = 'system' | 'user' | 'assistant' | 'tool'

/** Times are Unix seconds in whole milliseconds. */
export interface Message {
  readonly id: string
  readonly role: MessageRole
  readonly name: string | null
  readonly content: string | null
  readonly createdAt: number
}

/** What a list shows. */
export interface Conversation {
  readonly id: string
  readonly title: string
  readonly createdAt: number
  /** Later with each change, whatever the clock says, so that it tells states apart. */
  readonly updatedAt: number
}

export interface WholeConversation extends Conversation {
  /** In the order in which they were said. */
  readonly messages: readonly Message[]
}

/** A message as it is given; what is null is made. */
export interface GivenMessage extends Omit<Message, 'id' | 'createdAt'> {
  readonly id: string | null
  readonly createdAt: number | null
}

/** The state of a conversation in a word: two states of one never have the same. */
export function versionOf({ createdAt, updatedAt }: Conversation): string {
  return `${toMs(createdAt).toString(36)}-${toMs(updatedAt).toString(36)}`
}

export function toMs(seconds: number): number {
  return Math.round(seconds * 1000)
}

/**
 * When a change is noted that happens at `nowSeconds` to what was changed at `before`: in whole
 * milliseconds, and after it.
 */
export function nextTime(nowSeconds: number, before: number): number {
  return Math.max(toMs(nowSeconds), toMs(before) + 1) / 1000
}

/** Tells whether a state, by its `versionOf`, is the one that the caller means to change. */
export type Expected = (version: string) => boolean

/** Throws `precondition` when the conversation is not as expected. */
export function checkExpected(known: Conversation, isExpected: Expected = () => true): void {
  if (isExpected(versionOf(known))) return
  throw new DomainError('precondition', 'The conversation was changed meanwhile', {
    details: { code: 'precondition_failed', id: known.id },
  })
}

export function conversationNotFound(id: string): DomainError {
  return new DomainError('not-found', 'The conversation was not found', {
    details: { code: 'item_not_found', id, item_type: 'conversation' },
  })
}
