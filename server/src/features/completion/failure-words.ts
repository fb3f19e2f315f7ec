import { DomainError } from '../../platform/domain-error.ts'
import { readComplaint } from './complaint.ts'
import type { CompletionFailure } from './failure.ts'
import type { FailedOutcome } from './outcome.ts'

const shownCharacters = 200

/** A failure in words. `label` is the provider's name as people write it. */
export function failureMessage(failure: CompletionFailure, label: string): string {
  switch (failure.kind) {
    case 'status':
      return `${label} API error ${failure.status}: ${firstCharacters(failure.body)}`
    case 'transport':
    case 'unusable':
      return failure.reason
    case 'timeout':
      return failure.phase === 'first-byte'
        ? `${label} did not answer within ${failure.afterMs} ms`
        : `${label} sent nothing more for ${failure.afterMs} ms`
    case 'cancelled':
      return 'cancelled'
  }
}

/** What broke a reply off, for whoever reads it: the provider's own words where it gave any. */
export function interruptionMessage(failure: CompletionFailure): string {
  if (failure.kind === 'cancelled') return 'The call was cancelled'
  if (failure.kind !== 'status') return failureMessage(failure, 'The provider')
  return readComplaint(failure.body).message ?? `The provider answered with ${failure.status}`
}

/** The beginning of a text, whole characters only. */
export function firstCharacters(text: string): string {
  return Array.from(text.slice(0, shownCharacters * 2))
    .slice(0, shownCharacters)
    .join('')
}

/**
 * A failed outcome as the error of a surface: the provider's 4xx but 429 is `invalid`; 429, 5xx,
 * an unreachable provider, a time-out and an unusable answer are `upstream`; the asker's own
 * leaving is `cancelled`. Unreachable and time-out begin with `prefix`.
 * Source: beacon contract §4, §10 and rulings §11.
 */
export function failureToError(
  { failure, message }: Pick<FailedOutcome, 'failure' | 'message'>,
  prefix = 'LLM API call failed',
): DomainError {
  switch (failure.kind) {
    case 'status': {
      const { status } = failure
      const isRefusal = status >= 400 && status < 500 && status !== 429
      const details = { reason: failure.kind, status }
      if (isRefusal) return new DomainError('invalid', message, { details })
      return new DomainError('upstream', message, { details, retryable: true })
    }
    case 'transport':
    case 'timeout': {
      const details = { reason: failure.kind }
      return new DomainError('upstream', `${prefix}: ${message}`, { details, retryable: true })
    }
    case 'unusable':
      return new DomainError('upstream', message, { details: { reason: failure.kind } })
    case 'cancelled':
      return new DomainError('cancelled', 'The call was cancelled')
  }
}
