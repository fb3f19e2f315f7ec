import { DomainError } from '../../platform/domain-error.ts'
import type { Connection } from '../models/index.ts'
import type { PriceBook } from '../pricing/index.ts'
import { adapterOf } from './adapters/index.ts'
import { toChatMessages } from './chat-messages.ts'
import type { CompletionMode, ProviderAdapter } from './provider.ts'
import type { CompletionRequest, CompletionWarning } from './request.ts'

/** A completion ready to be sent. The connection and `headers` hold the key; the rest may be shown. */
export interface Call {
  readonly connection: Connection
  readonly request: CompletionRequest
  readonly mode: CompletionMode
  readonly book: PriceBook
  readonly adapter: ProviderAdapter<unknown>
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** The exact body as JSON text. */
  readonly bodyText: string
  /** The messages as JSON text in OpenAI's form: the span's `llm.prompt`. */
  readonly promptText: string
  readonly warnings: readonly CompletionWarning[]
}

export interface CallOptions {
  readonly mode: CompletionMode
  /** `beacon` also writes a cost of 0 for a model whose price nobody knows (contract §10.4). */
  readonly book: PriceBook
  /** How many servers like this one the request has passed already. */
  readonly hops?: number
}

/** From here on a request is taken to run in a circle. Source: rulings §4. */
const maxHops = 3

/**
 * Builds what will be sent, byte for byte. Pure: nothing is asked yet.
 * @throws DomainError `precondition` for a request that runs in a circle and for a key that no
 * header can carry.
 */
export function prepareCall(
  connection: Connection,
  request: CompletionRequest,
  { mode, book, hops = 0 }: CallOptions,
): Call {
  if (hops >= maxHops) throw loopDetected(connection.name, hops)
  if (!isHeaderText(connection.apiKey ?? '')) throw unfitKey(connection)
  const adapter = adapterOf(connection.kind)
  const built = adapter.buildRequest(request, connection, mode)
  return {
    connection,
    request,
    mode,
    book,
    adapter,
    url: built.url,
    headers: { ...built.headers, 'x-pharos-hops': String(hops + 1) },
    bodyText: JSON.stringify(built.body),
    promptText: JSON.stringify(toChatMessages(request.messages)),
    warnings: built.warnings,
  }
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

function loopDetected(provider: string, hops: number): DomainError {
  const message = `The request has passed ${hops} servers like this one: it runs in a circle`
  return new DomainError('precondition', message, {
    details: { reason: 'loop_detected', provider },
  })
}
