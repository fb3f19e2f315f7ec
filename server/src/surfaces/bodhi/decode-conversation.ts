import { ConversationContent, NewConversation } from '@pharos/contract/bodhi/conversations.ts'
import type { z } from 'zod'
import { InputError, type InputProblem } from '../../platform/http/input-error.ts'
import { parseJson } from '../../platform/http/parse-json.ts'
import { isJsonObject } from '../../platform/json.ts'
import { defineJob } from '../../platform/threads/workroom.ts'

export interface Encoded {
  readonly body: Uint8Array<ArrayBuffer>
  readonly mostMessages: number
}

/** What a body turned out to be; errors lose what they know between threads, plain data does not. */
export type Decoded<T> =
  | { readonly value: T }
  | { readonly problem: InputProblem }
  | { readonly hasTooManyMessages: true }

export const newConversationJob = defineJob<Encoded, Decoded<NewConversation>>({
  module: import.meta.url,
  name: 'newConversationJob',
  run: async (encoded) => decode(NewConversation, encoded),
})

export const conversationContentJob = defineJob<Encoded, Decoded<ConversationContent>>({
  module: import.meta.url,
  name: 'conversationContentJob',
  run: async (encoded) => decode(ConversationContent, encoded),
})

function decode<S extends z.ZodType>(
  schema: S,
  { body, mostMessages }: Encoded,
): Decoded<z.output<S>> {
  if (body.byteLength === 0) return { problem: { kind: 'missing-body' } }
  try {
    const input = parseJson(body)
    // Asked first: the schema notes what is wrong with each of them, for millions past all memory.
    if (countMessages(input) > mostMessages) return { hasTooManyMessages: true }
    const result = schema.safeParse(input)
    if (result.success) return { value: result.data }
    const issues = result.error.issues.slice(0, 100)
    return { problem: { kind: 'schema', part: 'body', issues, input: undefined } }
  } catch (error) {
    if (error instanceof InputError) return { problem: error.problem }
    throw error
  }
}

function countMessages(input: unknown): number {
  const messages = isJsonObject(input) ? input['messages'] : undefined
  return Array.isArray(messages) ? messages.length : 0
}
