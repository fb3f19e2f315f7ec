import { collectWarnings, warnOfUser } from '../adapters/request-parts.ts'
import type { BuiltRequest } from '../provider.ts'
import type { EmbeddingRequest } from './embedding-ask.ts'
import type { ReadEmbeddingReply } from './embedding-reply.ts'

/** A request for vectors ready to be sent, and how its reply is read. */
export interface BuiltEmbedding extends BuiltRequest {
  readonly read: ReadEmbeddingReply
}

/** What is said of a provider that is told no user. */
export function warningsOf({ user }: EmbeddingRequest, label: string): BuiltEmbedding['warnings'] {
  const { warn, warnings } = collectWarnings()
  if (user !== undefined) warnOfUser(label, warn)
  return warnings
}
