import { DomainError, type ErrorCode } from '../domain-error.ts'

export interface ThreadCall {
  readonly id: number
  readonly message: unknown
}

export type ThreadReply =
  | { readonly kind: 'value'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: ThreadError }
  | { readonly kind: 'notice'; readonly notice: unknown }

/** An error as it crosses a thread border: structured cloning would drop `code` and the class. */
export interface ThreadError {
  readonly message: string
  readonly stack: string | undefined
  readonly domain:
    | { readonly code: ErrorCode; readonly details: unknown; readonly retryable: boolean }
    | undefined
}

export function toThreadError(error: unknown): ThreadError {
  if (error instanceof DomainError) {
    const { code, details, retryable } = error
    return { message: error.message, stack: error.stack, domain: { code, details, retryable } }
  }
  if (error instanceof Error) {
    return { message: error.message, stack: error.stack, domain: undefined }
  }
  return { message: String(error), stack: undefined, domain: undefined }
}

export function fromThreadError(error: ThreadError): Error {
  const revived = error.domain
    ? new DomainError(error.domain.code, error.message, error.domain)
    : new Error(error.message)
  if (error.stack !== undefined) revived.stack = error.stack
  return revived
}
