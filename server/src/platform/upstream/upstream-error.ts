export type UpstreamFault =
  | { readonly kind: 'transport'; readonly reason: string }
  | {
      readonly kind: 'timeout'
      readonly phase: 'first-byte' | 'between-chunks'
      readonly afterMs: number
    }
  | { readonly kind: 'aborted'; readonly reason: string }

/** No answer, or one that broke off. */
export class UpstreamError extends Error {
  readonly fault: UpstreamFault
  readonly attempts: number

  constructor(fault: UpstreamFault, attempts: number, cause?: unknown) {
    super(fault.kind === 'timeout' ? `no byte for ${fault.afterMs} ms` : fault.reason, { cause })
    this.name = 'UpstreamError'
    this.fault = fault
    this.attempts = attempts
  }
}
