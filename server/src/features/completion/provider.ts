import type { ConnectionKind } from '../models/index.ts'
import type { JsonReading } from './adapters/read-json.ts'
import type { CompletionPart } from './part.ts'
import type { CompletionRequest, CompletionWarning, JsonMap } from './request.ts'

export type CompletionMode = 'whole' | 'stream'

/** Where a provider is and how to be let in; the key never leaves `headers`. */
export interface ProviderAddress {
  readonly baseUrl: string
  readonly apiKey: string | null
}

/** A request ready to be sent. `body` is what the trace shows; `headers` hold the key. */
export interface BuiltRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: JsonMap
  readonly warnings: readonly CompletionWarning[]
}

/** One event of a provider's stream: the SSE event's name and data, or a line of NDJSON. */
export interface StreamEvent {
  readonly name: string | null
  readonly data: string
  /** `data` as `readJson` reads it, if it was or will be read elsewhere too. */
  readonly reading?: JsonReading
}

/** A request that a provider of the client's own dialect is handed as it came. */
export interface PassedRequest {
  /** As the client sent it; unknown fields are kept. */
  readonly body: JsonMap
  /** As the provider names it, in place of the name asked for. */
  readonly model: string
  readonly mode: CompletionMode
  readonly address: ProviderAddress
  /** The client's own headers that belong to the dialect. */
  readonly headers: Readonly<Record<string, string>>
}

/** A dialect that a kind of provider speaks itself. */
export interface NativeWire {
  /** Reads the replies to passed requests, for the record. */
  readonly adapter: ReplyReader<unknown>
  /** What is sent: the model's name replaced, usage asked for, nothing else changed. */
  pass(request: PassedRequest): BuiltRequest
}

export interface Reduced<S> {
  readonly state: S
  readonly parts: readonly CompletionPart[]
}

/** What a dialect can carry; an option that is not named here becomes a warning. */
export interface ProviderDescription {
  readonly label: string
  readonly canStream: boolean
  readonly hasTools: boolean
  readonly hasImages: boolean
  readonly hasJsonSchema: boolean
  readonly hasReasoning: boolean
}

/**
 * A dialect's replies as pure functions: no clock, no network, nothing thrown for what a provider
 * sends. `S` is what reducing a stream must remember.
 */
export interface ReplyReader<S> {
  readonly kind: ConnectionKind
  readonly framing: 'sse' | 'ndjson'
  describe(): ProviderDescription
  /**
   * A whole 2xx reply as the parts it stands for, ending in `end` or `error`. `reading` is the body
   * as `readJson` reads it, if somebody did so already.
   */
  readReply(body: string, reading?: JsonReading): readonly CompletionPart[]
  startStream(): S
  reduceEvent(state: S, event: StreamEvent): Reduced<S>
  /** What is still to be said when the stream has ended: nothing, `end`, or the `error` of a break. */
  endStream(state: S): readonly CompletionPart[]
}

/** One provider's dialect, as pure as its replies. */
export interface ProviderAdapter<S> extends ReplyReader<S> {
  buildRequest(
    request: CompletionRequest,
    address: ProviderAddress,
    mode: CompletionMode,
  ): BuiltRequest
}
