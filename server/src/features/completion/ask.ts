import type { CompletionMode } from './provider.ts'
import type { CompletionRequest, CompletionWarning, JsonMap } from './request.ts'
import type { Wire } from './wire.ts'

/** What a client wants of a model that it names, in the words of its own dialect. */
export interface Ask {
  readonly wire: Wire
  /** The name asked for: replies echo it. */
  readonly model: string
  /** The body as it came, parsed. */
  readonly body: JsonMap
  readonly mode: CompletionMode
  /**
   * Reads a body of the wire: the one that came, with the defaults of an alias in it.
   * Throws `invalid` with `details.param`, the field's name, for what cannot be read.
   */
  readonly read: (body: JsonMap) => ReadAsk
  /** The client's own word for an option of the core, for example `max_tokens`. */
  readonly fieldOf: (option: CompletionWarning['option']) => string
  /** Headers that go on to a provider of the same dialect, for example `anthropic-beta`. */
  readonly headers?: Readonly<Record<string, string>>
  /** How many servers like this one the request has passed already. */
  readonly hops: number
  /** The value of the header `traceparent`, if one came. */
  readonly traceparent: string | undefined
  /** The id by which the HTTP request is known in headers and the log. */
  readonly requestId: string
  /** Of each token so many alternatives are to be noted; null or left out: as the alias says. */
  readonly traceTokens?: number | null
  /** What a provider cannot be told is left out without a word, unless it is content. Default false. */
  readonly isLenient?: boolean
  /** The header `Idempotency-Key` of every request to a provider. */
  readonly idempotencyKey?: string
  /** How long to wait for a provider's first byte, where the alias does not say. */
  readonly firstByteMs?: number
  /** How often the last provider is sent the request at most; its retry rules decide if left out. */
  readonly maxAttempts?: number
  /** What a surface adds to the span, for example the reply that a response goes on from. */
  readonly attributes?: Readonly<Record<string, unknown>>
}

/** A body as the core understands it. */
export interface ReadAsk {
  /** `model` is as asked for; each target has its own. */
  readonly request: CompletionRequest
  /**
   * Fields that change the answer and that only a provider of the same dialect would understand, in
   * the client's words (`logit_bias`, `messages[2].content[0]`); fields without effect are not named.
   */
  readonly nativeOnly: readonly string[]
}
