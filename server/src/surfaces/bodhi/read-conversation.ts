import type { ConversationContent, NewConversation } from '@pharos/contract/bodhi/conversations.ts'
import { mostMessages, tooManyMessages } from '../../features/conversations/index.ts'
import { InputError } from '../../platform/http/input-error.ts'
import { inlineBodyBytes, type Job, type Workroom } from '../../platform/threads/workroom.ts'
import {
  conversationContentJob,
  newConversationJob,
  type Decoded,
  type Encoded,
} from './decode-conversation.ts'

type Body = Encoded['body']

/** Throws InputError, or DomainError for too many messages. */
export async function readNewConversation(
  workroom: Pick<Workroom, 'run'>,
  body: Body,
): Promise<NewConversation> {
  return read(workroom, body, newConversationJob)
}

/** Throws InputError, or DomainError for too many messages. */
export async function readConversationContent(
  workroom: Pick<Workroom, 'run'>,
  body: Body,
): Promise<ConversationContent> {
  return read(workroom, body, conversationContentJob)
}

async function read<T>(
  workroom: Pick<Workroom, 'run'>,
  body: Body,
  job: Job<Encoded, Decoded<T>>,
): Promise<T> {
  const isLarge = body.byteLength > inlineBodyBytes
  const encoded = { body, mostMessages }
  const decoded = isLarge ? await workroom.run(job, encoded, [body.buffer]) : await job.run(encoded)
  if ('value' in decoded) return decoded.value
  if ('hasTooManyMessages' in decoded) throw tooManyMessages()
  throw new InputError(decoded.problem)
}
