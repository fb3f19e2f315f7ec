export type ErrorCode =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'limit'
  | 'precondition'
  | 'upstream'
  | 'unavailable'
  | 'cancelled'

export interface DomainErrorOptions {
  readonly details?: unknown
  readonly retryable?: boolean
  readonly cause?: unknown
}

/**
 * "Cannot", said in words that a caller may see. Each surface translates the code into its own
 * status and body; anything else that is thrown is a bug and answers 500 without detail.
 */
export class DomainError extends Error {
  readonly code: ErrorCode
  readonly details: unknown
  readonly retryable: boolean

  constructor(code: ErrorCode, message: string, options: DomainErrorOptions = {}) {
    super(message, { cause: options.cause })
    this.name = 'DomainError'
    this.code = code
    this.details = options.details
    this.retryable = options.retryable ?? false
  }
}
