/** A completion as the core asks for it, in no provider's dialect. */

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }
export type JsonMap = { readonly [key: string]: JsonValue }

export type MessageRole = 'system' | 'user' | 'assistant' | 'tool'

export type ContentPart =
  | {
      readonly type: 'text'
      readonly text: string
      /** What the provider wants back unchanged with the text (Gemini's thought signature). */
      readonly signature?: string
    }
  | { readonly type: 'image'; readonly image: ImageSource; readonly detail?: string }
  | {
      /** A file; one whose media type is that of an image is shown as an image is. */
      readonly type: 'document'
      readonly mediaType: string
      readonly base64: string
      readonly name?: string
    }
  | {
      readonly type: 'reasoning'
      readonly text: string
      /** By which its provider knows it again (Anthropic). */
      readonly signature?: string
      /** The provider hid the text; `signature` is all there is (Anthropic). */
      readonly isRedacted?: boolean
    }
  | ({ readonly type: 'tool-call' } & ToolCall)
  | {
      readonly type: 'tool-result'
      readonly id: string
      readonly name?: string
      readonly text: string
      readonly isError?: boolean
    }

export type ImageSource =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'bytes'; readonly mediaType: string; readonly base64: string }

export interface ToolCall {
  readonly id: string
  readonly name: string
  /** JSON text as the model wrote it; it may not parse. */
  readonly argumentsText: string
  /** What the provider wants back unchanged with the call (Gemini's thought signature). */
  readonly signature?: string
}

/** Content is in order. A `tool` message holds tool results only, a `system` message text only. */
export interface Message {
  readonly role: MessageRole
  readonly content: readonly ContentPart[]
}

export interface Tool {
  readonly name: string
  readonly description?: string
  /** A JSON Schema of an object. */
  readonly parameters: JsonMap
  readonly isStrict?: boolean
}

/** How much a model is to think, from not at all on. Source: OpenAI's API reference. */
export const reasoningEfforts = [
  'none',
  'minimal',
  'low',
  'medium',
  'high',
  'xhigh',
  'max',
] as const
export type ReasoningEffort = (typeof reasoningEfforts)[number]

export interface CompletionOptions {
  readonly temperature?: number
  readonly topP?: number
  readonly topK?: number
  /** Tokens are not drawn that are less likely than this share of the likeliest. */
  readonly minP?: number
  /** By how much tokens that came lately are held back; 1 is not at all. */
  readonly repeatPenalty?: number
  readonly maxTokens?: number
  readonly stop?: readonly string[]
  readonly seed?: number
  readonly frequencyPenalty?: number
  readonly presencePenalty?: number
  readonly reasoning?: {
    readonly effort?: ReasoningEffort
    readonly budgetTokens?: number
  }
  /** The probability of each token, and of so many alternatives beside it. */
  readonly logprobs?: { readonly top: number }
  /** Whether several tools may be called at once; the provider decides if not given. */
  readonly parallelToolCalls?: boolean
  /** Who asks, as the client tells its provider. */
  readonly user?: string
  /** The model may look things up on the web, with its provider's own search. */
  readonly webSearch?: boolean
  readonly toolChoice?: 'auto' | 'none' | 'required' | { readonly name: string }
  readonly responseFormat?:
    | { readonly type: 'json' }
    | {
        readonly type: 'json-schema'
        readonly name: string
        readonly schema: JsonMap
        readonly isStrict?: boolean
      }
}

export interface CompletionRequest {
  /** As the provider names it. */
  readonly model: string
  readonly messages: readonly Message[]
  readonly tools?: readonly Tool[]
  readonly options: CompletionOptions
}

/** Something asked for that the provider or model cannot do; it was left out or changed. */
export interface CompletionWarning {
  /** The option's name as in `CompletionOptions`, or `messages` and `tools`. */
  readonly option: string
  readonly message: string
  /** It was sent in another form that means the same or nearly so, or had no effect anyway. */
  readonly isHarmless?: boolean
}
