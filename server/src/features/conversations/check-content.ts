import { toStorableText } from '../../platform/db/storable-text.ts'
import { DomainError } from '../../platform/domain-error.ts'
import type { GivenMessage } from './conversation.ts'

export const longestTitle = 255
export const mostMessages = 10_000
/** Names and contents of all messages, in UTF-8. */
export const mostTextBytes = 16 * 1024 * 1024

/** Throws `invalid` for an id of another form. */
export function checkConversationId(id: string): string {
  if (isId(id)) return id
  throw wrong('id', 'must be 1 to 64 letters, digits, _ and -')
}

export function isId(text: string): boolean {
  return /^[\w-]{1,64}$/.test(text)
}

/** A title as it is kept. Throws `invalid` for one that is empty or longer than 255 characters. */
export function toTitle(text: string): string {
  const title = toStorableText(text)
  const length = Array.from(title.slice(0, 2 * longestTitle + 1)).length
  if (length >= 1 && length <= longestTitle) return title
  throw wrong('title', `must have 1 to ${longestTitle} characters`)
}

/** Messages as they are kept. Throws `invalid` for too many of them, or too much in them. */
export function toMessages(given: readonly GivenMessage[]): readonly GivenMessage[] {
  if (given.length > mostMessages) throw tooManyMessages()
  const messages = given.map((message) => ({
    ...message,
    name: toStored(message.name),
    content: toStored(message.content),
  }))
  const sizeBytes = messages.reduce((sum, message) => sum + bytesOf(message), 0)
  if (sizeBytes <= mostTextBytes) return messages
  throw new DomainError('invalid', `The messages have more than ${mostTextBytes} bytes of text`, {
    details: { code: 'request_too_large', param: 'messages' },
  })
}

export function tooManyMessages(): DomainError {
  return wrong('messages', `must not be more than ${mostMessages}`)
}

function toStored(text: string | null): string | null {
  return text === null ? null : toStorableText(text)
}

function bytesOf({ name, content }: GivenMessage): number {
  return Buffer.byteLength(name ?? '') + Buffer.byteLength(content ?? '')
}

function wrong(param: string, rule: string): DomainError {
  return new DomainError('invalid', `${param} ${rule}`, { details: { param } })
}
