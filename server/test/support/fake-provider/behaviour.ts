import type { IncomingHttpHeaders } from 'node:http'

/** Disjoint from no provider's words: each dialect says it in its own. */
export interface FakeUsage {
  /** Everything the model read, cached or not. */
  readonly input: number
  readonly cacheRead: number
  readonly cacheWrite: number
  /** Everything the model wrote, reasoning included. */
  readonly output: number
  readonly reasoning: number
}

export const goldenUsage: FakeUsage = {
  input: 10,
  cacheRead: 4,
  cacheWrite: 0,
  output: 2,
  reasoning: 1,
}

export const defaultText = 'Hello there!'

export interface FakeToolCall {
  readonly id?: string
  readonly name: string
  readonly arguments: Readonly<Record<string, unknown>>
}

/** What the model is to say; everything left out is what the provider would usually send. */
export interface FakeReply {
  /** Default `defaultText`; with tool calls, none. An array is sent delta by delta. */
  readonly text?: string | readonly string[]
  readonly reasoning?: string
  readonly toolCalls?: readonly FakeToolCall[]
  /** In the provider's own word. */
  readonly finishReason?: string
  /** Default `goldenUsage`; null leaves it out. */
  readonly usage?: FakeUsage | null
  /** The model the provider says it was; default the one asked for. */
  readonly model?: string
}

/** How the pieces of an answer leave; the default is at once. */
export interface Pace {
  /** Milliseconds before each chunk but the first. */
  readonly delayMs?: number
  /** Awaited before chunk `index` is written (0 is the first), so that a test can hold it back. */
  readonly pause?: (index: number) => Promise<unknown> | undefined
  /** Cuts the bytes into chunks of this size, wherever that falls. */
  readonly splitBytes?: number
}

/** A whole reply has two chunks, a streamed one as many as it has events or lines. */
interface Broken {
  /** Left out: before the first byte. 0: after the head. */
  readonly afterChunks?: number
  readonly reply?: FakeReply
}

export type Behaviour =
  | ({ readonly type: 'reply' } & FakeReply & Pace)
  /** Exactly these bytes; an array is written chunk by chunk. Default status 200, JSON. */
  | ({
      readonly type: 'raw'
      readonly status?: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body: string | Uint8Array | readonly (string | Uint8Array)[]
    } & Pace)
  /** An error status with the error body this API has. */
  | {
      readonly type: 'status'
      readonly status: number
      readonly message?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  /** Says nothing more and leaves the socket open. */
  | ({ readonly type: 'hang' } & Broken)
  /** Destroys the socket. */
  | ({ readonly type: 'drop' } & Broken)
  /** A stream that ends in good order but too early. */
  | ({ readonly type: 'cut'; readonly afterChunks: number } & Broken)
  /** 200 with the API's error object: as the whole body, or in the stream after some chunks. */
  | { readonly type: 'error-inside'; readonly afterChunks?: number; readonly message?: string }
  /** 200 with something that is no answer of any API. */
  | { readonly type: 'nonsense' }

/** A behaviour, or one that depends on what was asked. */
export type Script = Behaviour | ((request: FakeRequest) => Behaviour | Promise<Behaviour>)

/** One request as it arrived. Times are Unix seconds. */
export interface FakeRequest {
  /** 0 for the first. */
  readonly index: number
  readonly method: string
  /** With the query string. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** Empty when the text is no JSON object. */
  readonly body: Readonly<Record<string, unknown>>
  readonly arrivedAt: number
  /** What the provider itself refused; the script was not asked. */
  readonly refused: Refusal | null
  /** Set when the client went away before its answer was complete. */
  readonly closedByClientAt: number | null
}

export interface Refusal {
  readonly status: number
  readonly message: string
  /** The API's own name of the fault, where the dialect has one. */
  readonly code?: string
}

/** What a dialect encodes: a reply with nothing left open. */
export interface FullReply {
  readonly serial: number
  readonly model: string
  readonly text: readonly string[]
  readonly reasoning: string
  readonly toolCalls: readonly Required<FakeToolCall>[]
  readonly finishReason: string | null
  readonly usage: FakeUsage | null
}

/** One API's wire format. */
export interface FakeDialect {
  readonly baseUrl: (origin: string) => string
  /** What the real API would refuse before it thinks. */
  readonly check: (request: FakeRequest) => Refusal | null
  readonly modelOf: (request: FakeRequest) => string
  readonly isStreaming: (request: FakeRequest) => boolean
  readonly whole: (request: FakeRequest, reply: FullReply) => Record<string, unknown>
  /** Each event or line by itself. */
  readonly stream: (request: FakeRequest, reply: FullReply) => readonly string[]
  readonly streamType: (request: FakeRequest) => string
  readonly error: (refusal: Refusal) => Record<string, unknown>
  /** The same inside a stream. */
  readonly errorEvent: (refusal: Refusal) => string
}
