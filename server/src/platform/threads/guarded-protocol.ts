export interface GuardedCall {
  readonly module: string
  readonly name: string
  readonly input: unknown
  readonly maxOutputBytes: number
}

export type GuardedReply<O = unknown> = { readonly value: O } | { readonly stopped: 'size' }

/** The notice that a job has been loaded and begins. */
export const began = 'began'
