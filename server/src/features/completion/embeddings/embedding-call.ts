import type { UpstreamRequest } from '../../../platform/upstream/upstream.ts'
import type { Connection, ModelTarget, RequestDefaults } from '../../models/index.ts'
import { unsupported } from '../ask-targets.ts'
import { idempotencyHeaders, passingHeaders } from '../call.ts'
import type { BuiltEmbedding } from './built-embedding.ts'
import { buildEmbedding, buildForService, passEmbedding } from './dialects.ts'
import type { EmbeddingAsk } from './embedding-ask.ts'
import type { ReadEmbeddingReply } from './embedding-reply.ts'

/** A call for vectors ready to be sent. The connection and `headers` hold the key. */
export interface EmbeddingCall {
  readonly connection: Connection
  /** `model` is as the provider names it. */
  readonly request: { readonly model: string }
  readonly book: 'market'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** The exact body as JSON text. */
  readonly bodyText: string
  readonly warnings: readonly string[]
  /** Whether the provider speaks the client's dialect. */
  readonly isNative: boolean
  /** How many vectors must come; null where that is the provider's affair. */
  readonly inputCount: number | null
  readonly read: ReadEmbeddingReply
  readonly limits: Pick<UpstreamRequest, 'maxAttempts' | 'firstByteMs' | 'replyBytes'>
}

/** Thousands of vectors as text are more than any other reply. */
const maxReplyBytes = 256 * 1024 * 1024

/**
 * Builds what one target is sent. Where others follow, none is asked twice.
 * @throws DomainError `invalid` for what its provider cannot be told, `precondition` for a request
 * that runs in a circle.
 */
export function prepareEmbedding(
  { connection, model, firstByteMs, defaults }: ModelTarget,
  ask: EmbeddingAsk,
  isLast: boolean,
): EmbeddingCall {
  const passing = passingHeaders(connection, ask.hops)
  const body = withUser(ask, defaults)
  const told = { ...ask, body, model }
  const native = passEmbedding(connection, told)
  const { built, inputCount } = native
    ? { built: native, inputCount: null }
    : translated(connection, told)
  return {
    connection,
    request: { model },
    book: 'market',
    url: built.url,
    headers: { ...built.headers, ...idempotencyHeaders(ask.idempotencyKey), ...passing },
    bodyText: JSON.stringify(built.body),
    warnings: built.warnings.map(({ message }) => message),
    isNative: native !== undefined,
    inputCount,
    read: built.read,
    limits: {
      replyBytes: maxReplyBytes,
      ...(isLast ? {} : { maxAttempts: 1 }),
      ...(firstByteMs === undefined ? {} : { firstByteMs }),
    },
  }
}

/** Of an alias' defaults the only one that a request for vectors has a word for. */
function withUser({ wire, body }: EmbeddingAsk, { user }: RequestDefaults): EmbeddingAsk['body'] {
  const isLacking = wire === 'openai-embeddings' && (body['user'] ?? null) === null
  return user === undefined || !isLacking ? body : { ...body, user }
}

function translated(
  connection: Connection,
  { model, body, read, service }: EmbeddingAsk,
): { readonly built: BuiltEmbedding; readonly inputCount: number } {
  const { request, nativeOnly } = read(body)
  const [field] = nativeOnly
  if (field !== undefined) throw unsupported(field, `${connection.label} cannot be told ${field}`)
  const { input } = request
  const { length: inputCount } = input.kind === 'texts' ? input.texts : input.tokens
  const built = service
    ? buildForService(service.name, connection, { model, request })
    : buildEmbedding(connection, model, request)
  return { built, inputCount }
}
