import { argumentsOf, readArguments } from '../json-values.ts'
import type { ContentPart, JsonMap, Message, MessageRole } from '../request.ts'
import { asImage, warnOfDocument } from './documents.ts'
import type { Warn } from './request-parts.ts'

type Holds = Readonly<Record<MessageRole, readonly ContentPart['type'][]>>

/** What every dialect can put into a message of each role. Files are for those that say so. */
export const plainRoles: Holds = {
  system: ['text'],
  user: ['text', 'image'],
  assistant: ['text', 'tool-call'],
  tool: ['tool-result'],
}

/**
 * The messages with only what their role can hold in a dialect. What is left out is warned of,
 * and a message of which nothing is left goes with it.
 */
export function fitMessages(
  messages: readonly Message[],
  holds: Holds,
  { label, warn }: { label: string; warn: Warn },
): readonly Message[] {
  return messages.flatMap(({ role, content }) => {
    const kept = content.map(asImage).filter((part) => {
      const fits = holds[role].includes(part.type)
      if (!fits) warnOfUnfit(part, role, { label, warn })
      return fits
    })
    return kept.length === 0 && content.length > 0 ? [] : [{ role, content: kept }]
  })
}

/** What a model thought earlier is no loss; anything else would be missed. */
function warnOfUnfit(
  part: ContentPart,
  role: MessageRole,
  { label, warn }: { label: string; warn: Warn },
): void {
  const { type } = part
  if (type === 'document') return warnOfDocument(part, label, warn)
  const message = `${label} takes no ${type} in a message of ${role}`
  if (type === 'reasoning') warn('messages', `${message}; it is left out`, 'harmless')
  else warn('messages', message)
}

/** The system messages' text as one, and the others. Where several are given, all count. */
export function splitSystem(messages: readonly Message[]): {
  readonly system: string | undefined
  readonly rest: readonly Message[]
} {
  const system = messages.filter(({ role }) => role === 'system').map(textOf)
  return {
    system: system.length === 0 ? undefined : system.join('\n\n'),
    rest: messages.filter(({ role }) => role !== 'system'),
  }
}

/** All text of a message, a line or more for each part. */
export function textOf({ content }: Message): string {
  return content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
}

/** Messages in which the results of several calls, given one by one, stand together. */
export function joinResults(messages: readonly Message[]): readonly Message[] {
  const joined: Message[] = []
  let results: ContentPart[] | null = null
  for (const message of messages) {
    if (message.role === 'tool' && results) {
      for (const part of message.content) results.push(part)
      continue
    }
    results = message.role === 'tool' ? [...message.content] : null
    joined.push(results ? { role: 'tool', content: results } : message)
  }
  return joined
}

/** The name of each call by its id: some dialects name the tool again with its result. */
export function toolNames(messages: readonly Message[]): ReadonlyMap<string, string> {
  const calls = messages
    .flatMap(({ content }) => content)
    .filter((part) => part.type === 'tool-call')
  return new Map(calls.map(({ id, name }) => [id, name]))
}

/** A call's arguments for a dialect that wants them as an object. */
export function argumentsObject(text: string, warn: Warn): JsonMap {
  const read = readArguments(text)
  if (read !== undefined) return read
  warn('messages', "A call's arguments are no JSON object; they are sent inside of one", 'harmless')
  return argumentsOf(text)
}
