import {
  failureFacts,
  interruptionMessage,
  type CompletionFailure,
  type FailedAnswer,
} from '../../features/completion/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import type { OpenAiDetails } from './errors.ts'

/** A call that no provider answered, as the error that is thrown for it. */
export function toRefusal({ outcome, headers }: FailedAnswer): DomainError {
  const { failure, message } = outcome
  const { status, complaint, headers: more } = failureFacts(failure)
  return new DomainError('upstream', complaint.message ?? message, {
    details: { status, ...wordsOf(failure), headers: { ...headers, ...more } },
  })
}

/** What broke a reply off, as the error of its last event. */
export function toInterruption(failure: CompletionFailure): DomainError {
  const details = {
    code: 'server_error-stream_interrupted',
    ...wordsOf(failure),
    type: 'internal_server_error',
  }
  return new DomainError('upstream', interruptionMessage(failure), { details })
}

function wordsOf(failure: CompletionFailure): Pick<OpenAiDetails, 'type' | 'code' | 'param'> {
  switch (failure.kind) {
    case 'status': {
      const { status, complaint } = failureFacts(failure)
      const { type, code, param } = complaint
      return { type: type ?? typeOfStatus(status), code, param }
    }
    case 'transport':
      return { code: 'server_error-provider_unreachable' }
    case 'timeout':
      return { code: 'server_error-timeout_error' }
    case 'unusable':
      return {}
    case 'cancelled':
      return { type: 'cancelled', code: 'cancelled' }
  }
}

/** Source: bodhi contract §7.2. */
function typeOfStatus(status: number): string {
  switch (status) {
    case 401:
      return 'authentication_error'
    case 403:
      return 'forbidden_error'
    case 404:
      return 'not_found_error'
    case 429:
      return 'rate_limit_error'
    case 503:
      return 'service_unavailable'
    default:
      return status < 500 ? 'invalid_request_error' : 'internal_server_error'
  }
}
