/** Where a client finds the gateway, and the trace that its calls are to be part of. */
export interface GatewayPlace {
  readonly url: string
  /** The header by which W3C's trace context goes on. */
  readonly traceparent: string
  /** A key that nobody knows unless a test made one. */
  readonly apiKey?: string
}

/** What a call took, as far as the client's own objects tell; `input` counts cached tokens too. */
export interface ToldUsage {
  readonly input: number | undefined
  readonly output: number | undefined
  readonly cached?: number | undefined
  readonly reasoning?: number | undefined
}

export interface ToldCall {
  readonly name: string
  readonly arguments: unknown
}

/** What came out of a client for one question. */
export interface Said {
  readonly text: string
  /** Why it ended, as often as that was told. */
  readonly finishes: readonly (string | null | undefined)[]
  readonly usage: ToldUsage
  readonly calls: readonly ToldCall[]
}

/** What a client throws. */
export interface Fault {
  /** Whether it is of the class that the package has for what an API refuses or breaks off. */
  readonly isOwn: boolean
  readonly status: number | undefined
  readonly message: string
}

export interface StreamOptions {
  readonly signal?: AbortSignal
  /** Told of each piece of text. */
  readonly onText?: (text: string) => void
}

export type Mode = 'whole' | 'stream'

/** A client with its place, in words that all clients share. */
export interface GatewayClient {
  ask(model: string): Promise<Said>
  stream(model: string, options?: StreamOptions): Promise<Said>
  /** Lets the model call tools and tells it their results: what it said in each of its two turns. */
  useTools(model: string, mode: Mode): Promise<readonly Said[]>
  /** Asks for a `City` and gives what the package's own means made of the answer. */
  fillForm(model: string): Promise<unknown>
  faultOf(error: unknown): Fault
}

/** A client package, and what can be expected of it. */
export interface ClientKind {
  readonly client: string
  readonly open: (place: GatewayPlace) => GatewayClient
  /** Its words for an end in good order and for one at which tools are called. */
  readonly words: { readonly stop: string; readonly toolCalls: string }
  /** False where its dialect has no place for cached and reasoning tokens. */
  readonly tellsShares?: boolean
  /** Whether it asks models that it does not know for a form by a tool named `json`. */
  readonly asksFormsByTool?: boolean
  /** How one learns that a stream broke off: it throws, or tells of an end that is no success. */
  readonly breaksOff: 'throws' | 'tells'
}

export const question = 'Say hello.'
export const toolQuestion = 'How is the weather in Kiel and in Oslo?'
export const weather = {
  name: 'weather',
  description: 'Tells the weather in a city.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
} as const

/** What the tool knows. */
export function weatherIn(given: unknown): string {
  const city = typeof given === 'object' && given && 'city' in given ? String(given.city) : '?'
  return `It rains in ${city}`
}

/** What an AbortSignal takes part in only where there is one. */
export function signalled(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}
