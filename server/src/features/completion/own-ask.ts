import type { Ask } from './ask.ts'
import type { CompletionRequest, JsonMap } from './request.ts'

/** A question that this server puts itself, as a job does. */
export interface OwnQuestion {
  /** The name asked for: an alias or router, `provider/model`, or a bare id. */
  readonly model: string
  readonly request: Omit<CompletionRequest, 'model'>
  /** What is added to the span. */
  readonly attributes?: Readonly<Record<string, unknown>>
  /** Sent to every provider, so that whoever has heard the question before does not answer twice. */
  readonly idempotencyKey?: string
  /** By which the log knows whoever asks: a request, an execution. */
  readonly requestId: string
  readonly traceparent?: string
  readonly hops?: number
  /** How long to wait for a provider's first byte, where an alias does not say. */
  readonly firstByteMs?: number
  /** How often a provider is sent it at most, for whoever tries again by himself. */
  readonly maxAttempts?: number
}

/**
 * A question for `askModel` in the core's own words: aliases and their defaults, fallback, limits,
 * cache and record work as for a client's. An option that a provider cannot be told is left out and
 * noted in the span; content that it cannot be shown is refused as `invalid`. A schema of the reply
 * is one that the messages tell of as well, as not every target knows it in another way.
 * Source: hypersigil contract §5.3.
 */
export function ownAsk(question: OwnQuestion): Ask {
  const { model, request, requestId, traceparent, hops = 0 } = question
  const { attributes, idempotencyKey, firstByteMs, maxAttempts } = question
  return {
    wire: 'pharos',
    model,
    body: bodyOf(request),
    mode: 'whole',
    read: (body) => ({ request: { ...requestIn(body), model }, nativeOnly: [] }),
    fieldOf: (option) => option,
    isLenient: true,
    hops,
    traceparent,
    requestId,
    ...(attributes === undefined ? {} : { attributes }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(firstByteMs === undefined ? {} : { firstByteMs }),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
  }
}

/** A request is made of JSON alone; the compiler cannot know it of interfaces. */
function bodyOf({ messages, tools, options }: OwnQuestion['request']): JsonMap {
  const body = { messages, ...(tools === undefined ? {} : { tools }), options }
  return body as unknown as JsonMap
}

/** The body is the one that `bodyOf` made, with defaults that `withDefaults` added in its words. */
function requestIn(body: JsonMap): OwnQuestion['request'] {
  return body as unknown as OwnQuestion['request']
}
