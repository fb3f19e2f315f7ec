import {
  failureFacts,
  type FailedAnswer,
  type FailedOutcome,
} from '../../features/completion/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import type { OllamaDetails } from './errors.ts'

/** A failed answer as what is thrown for it: its status, its words, when to come back. */
export function toRefusal({ outcome, headers }: FailedAnswer): DomainError {
  const { status, headers: more } = failureFacts(outcome.failure)
  const details: OllamaDetails = { status, headers: { ...headers, ...more } }
  return new DomainError('upstream', failureText(outcome), { details })
}

/** Why it failed: in the provider's own words where it gave any. */
export function failureText({ failure, message }: FailedOutcome): string {
  return failureFacts(failure).complaint.message ?? message
}
