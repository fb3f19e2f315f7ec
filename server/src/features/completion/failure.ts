/** Why a completion did not end well. Data, because a trace records it and a comparison shows it. */
export type CompletionFailure =
  /** The provider answered with another status than 2xx. */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly body: string
      /** When to come back, in the provider's words. */
      readonly retryAfter?: string
      /** It was not tried again here, and may be answered otherwise a little later. */
      readonly isPassing?: boolean
    }
  /** The provider could not be reached, or the connection broke before its answer began. */
  | { readonly kind: 'transport'; readonly reason: string }
  | {
      readonly kind: 'timeout'
      readonly phase: 'first-byte' | 'between-chunks'
      readonly afterMs: number
    }
  /** A 2xx that is no usable answer: nonsense, an error inside, a stream that broke off. */
  | { readonly kind: 'unusable'; readonly reason: string; readonly received: string }
  /** The asker left or the server stops. */
  | { readonly kind: 'cancelled'; readonly reason: string }
