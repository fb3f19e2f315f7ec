import type { NewSpan } from '../traces/index.ts'

/** What a model that runs here did, token by token. Logarithms are natural, times Unix seconds. */
export interface TokenTrace {
  readonly prompt: { readonly text: string | null; readonly tokens: readonly number[] }
  readonly tokens: readonly TracedToken[]
}

export interface TracedToken {
  readonly id: number
  readonly text: string
  readonly logprob: number | null
  /** The likeliest, this one among them only if it is one of them. */
  readonly top: readonly { readonly id: number; readonly text: string; readonly logprob: number }[]
  readonly at: number
}

/** A model call that has ended, and its tokens. */
export interface TracedCall {
  readonly span: NewSpan
  readonly trace: TokenTrace
}
