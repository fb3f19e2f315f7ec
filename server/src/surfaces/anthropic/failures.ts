import type { AnthropicError } from '@pharos/contract/anthropic/errors.ts'
import {
  failureFacts,
  interruptionMessage,
  readComplaint,
  type CompletionFailure,
  type Complaint,
} from '../../features/completion/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import type { HeaderMap } from '../../platform/http/cors.ts'
import { errorTypeOf } from './error-type.ts'
import type { AnthropicDetails } from './errors.ts'

interface Failed {
  readonly failure: CompletionFailure
  /** The failure in words. */
  readonly message: string
  readonly isNative: boolean
  /** What the reply carries in any case. */
  readonly headers?: HeaderMap
}

/** A failed call as what the surface throws: the provider's own status, words and wait. */
export function toRefusal({ failure, message: words, headers, isNative }: Failed): DomainError {
  const { status, headers: more } = failureFacts(failure)
  const { type, message } = errorOf(failure, isNative)
  const details: AnthropicDetails = { status, type, headers: { ...headers, ...more } }
  return new DomainError('upstream', message ?? words, { details })
}

/** The event that ends a stream on a provider's fault. */
export function toErrorEvent(failure: CompletionFailure, isNative: boolean): AnthropicError {
  const { type, message } = errorOf(failure, isNative)
  return { type: 'error', error: { type, message: message ?? interruptionMessage(failure) } }
}

interface SaidError {
  readonly type: string
  /** What the provider itself says, if it does. */
  readonly message: string | null
}

function errorOf(failure: CompletionFailure, isNative: boolean): SaidError {
  const { status, complaint } = failureFacts(failure)
  const usual = errorTypeOf(status)
  if (failure.kind !== 'unusable') {
    const type = isNative ? ownType(complaint) : null
    return { type: type ?? usual, message: complaint.message }
  }
  const received = readComplaint(failure.received)
  const type = isNative ? ownType(received) : null
  // Only of an error in the dialect's own form is it sure that its message is one.
  return { type: type ?? usual, message: type === null ? failure.reason : received.message }
}

/** Events and replies have types as well, which are no kinds of error. */
function ownType({ type }: Complaint): string | null {
  return type !== null && /_error$|^request_too_large$/u.test(type) ? type : null
}
