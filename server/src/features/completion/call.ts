import { DomainError } from '../../platform/domain-error.ts'
import type { UpstreamRequest } from '../../platform/upstream/upstream.ts'
import type { Allowance } from '../identity/index.ts'
import { hopsHeaders, type Connection } from '../models/index.ts'
import type { PriceBook } from '../pricing/index.ts'
import { isReadable, textOfDocument, type DocumentPart } from './adapters/documents.ts'
import { adapterOf } from './adapters/index.ts'
import { toChatMessages } from './chat-messages.ts'
import type { CompletionMode, NativeWire, PassedRequest, ReplyReader } from './provider.ts'
import type { CompletionRequest, CompletionWarning } from './request.ts'

/** A completion ready to be sent. The connection and `headers` hold the key; the rest may be shown. */
export interface Call {
  readonly connection: Connection
  readonly request: CompletionRequest
  readonly mode: CompletionMode
  readonly book: PriceBook
  readonly adapter: ReplyReader<unknown>
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** The exact body as JSON text. */
  readonly bodyText: string
  /** The same as its span shows it: of large files only what they are. */
  readonly shownText: string
  /** The messages as JSON text in OpenAI's form: the span's `llm.prompt`. */
  readonly promptText: string
  readonly warnings: readonly CompletionWarning[]
  /** Of the caller's key, once the call is admitted. */
  readonly allowance?: Allowance
  /** How often it is sent at most, and how long to wait; the pool's own rules if not given. */
  readonly limits?: Pick<UpstreamRequest, 'maxAttempts' | 'firstByteMs'>
  /** Each token is noted with so many alternatives. Only the local engine can. */
  readonly traceTokens?: number
}

export interface CallOptions {
  readonly mode: CompletionMode
  /** `beacon` also writes a cost of 0 for a model whose price nobody knows (contract §10.4). */
  readonly book: PriceBook
  /** How many servers like this one the request has passed already. */
  readonly hops?: number
  /** By which a provider knows a request that it was sent before. */
  readonly idempotencyKey?: string
  /** A body of the provider's own dialect, which goes on as it came instead of being built. */
  readonly passed?: PassedBody
}

export interface PassedBody extends Pick<PassedRequest, 'body' | 'headers'> {
  readonly native: NativeWire
}

/**
 * Builds what will be sent, byte for byte. Pure: nothing is asked yet.
 * @throws DomainError `precondition` for a request that runs in a circle and for a key that no
 * header can carry.
 */
export function prepareCall(
  connection: Connection,
  request: CompletionRequest,
  { mode, book, hops = 0, idempotencyKey, passed }: CallOptions,
): Call {
  const passing = passingHeaders(connection, hops)
  const ours = adapterOf(connection.kind)
  const built = passed
    ? passed.native.pass({ ...passed, model: request.model, mode, address: connection })
    : ours.buildRequest(request, connection, mode)
  const bodyText = JSON.stringify(built.body)
  return {
    connection,
    request,
    mode,
    book,
    adapter: passed?.native.adapter ?? ours,
    url: built.url,
    headers: { ...built.headers, ...idempotencyHeaders(idempotencyKey), ...passing },
    bodyText,
    shownText: withoutFiles(bodyText, request),
    promptText: JSON.stringify(toChatMessages(request.messages)),
    warnings: built.warnings,
  }
}

/** Shorter ones are shown. */
const longestShown = 4096

/** Files are kept where they came from; with all that they hold the record of a call were immense. */
function withoutFiles(bodyText: string, { messages }: CompletionRequest): string {
  const files = messages
    .flatMap(({ content }) => content)
    .filter((part) => part.type === 'document')
    .filter(({ base64 }) => base64.length > longestShown)
  return files.reduce((text, part) => {
    const shown = `(${Buffer.byteLength(part.base64, 'base64')} bytes of ${part.mediaType})`
    return writingsOf(part).reduce((all, one) => all.replaceAll(one, () => shown), text)
  }, bodyText)
}

/** How a file may stand in a body of JSON. */
function writingsOf(part: DocumentPart): readonly string[] {
  const { base64 } = part
  const text = isReadable(part) ? JSON.stringify(textOfDocument(part)).slice(1, -1) : ''
  return [base64, text].filter((written) => written !== '')
}

/**
 * What every call carries beside the headers of its dialect: how many servers like this one it has
 * passed.
 * @throws DomainError `precondition` for a request that runs in a circle and for a key that no
 * header can carry.
 */
export function passingHeaders(
  connection: Connection,
  hops: number,
): Readonly<Record<string, string>> {
  const headers = hopsHeaders(connection, hops)
  if (!isHeaderText(connection.apiKey ?? '')) throw unfitKey(connection)
  return headers
}

/** By which a provider knows a request that it was sent before. */
export function idempotencyHeaders(key: string | undefined): Readonly<Record<string, string>> {
  return key === undefined ? {} : { 'idempotency-key': key }
}

function isHeaderText(text: string): boolean {
  return /^[\t\x20-\x7e]*$/u.test(text)
}

function unfitKey({ name, label }: Connection): DomainError {
  const message = `The ${label} API key holds characters that no key has`
  return new DomainError('precondition', message, {
    details: { reason: 'bad-key', provider: name },
  })
}
