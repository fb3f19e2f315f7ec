import { STATUS_CODES } from 'node:http'
import { DomainError } from '../../platform/domain-error.ts'
import { JobRetry } from '../../platform/jobs/job-outcomes.ts'
import { isWorthRetrying } from '../../platform/upstream/retry-plan.ts'
import {
  askedWaitMs,
  readComplaint,
  type CompletionFailure,
  type FailedAnswer,
} from '../completion/index.ts'

interface FailureFacts extends Pick<FailedAnswer, 'outcome'> {
  /** The provider's name as people write it. */
  readonly label: string
  /** Unix seconds. */
  readonly now: number
}

/**
 * The error by which a job ends, or tries again, after a provider has failed: 429, 5xx, time-outs
 * and what cannot be reached may pass. Source of the words: hypersigil contract §5.2.
 */
export function toJobError({ outcome, label, now }: FailureFacts): JobRetry | DomainError {
  const { failure, message } = outcome
  switch (failure.kind) {
    case 'status': {
      const text = statusText(failure, label)
      if (!isWorthRetrying({ status: failure.status, headers: {} })) {
        return new DomainError('upstream', text)
      }
      return new JobRetry(text, { afterMs: askedWaitMs(failure, now) ?? 0 })
    }
    case 'transport':
      return new JobRetry(`ProviderUnavailableError: ${message}`)
    case 'timeout':
      return new JobRetry(`ProviderTimeoutError: ${message}`)
    case 'unusable':
      return new DomainError('upstream', `ProviderError: ${message}`)
    case 'cancelled':
      return new DomainError('cancelled', message)
  }
}

type StatusFailure = Extract<CompletionFailure, { kind: 'status' }>

function statusText({ status, body }: StatusFailure, label: string): string {
  const complaint = readComplaint(body).message
  const words = [
    `${status} ${STATUS_CODES[status] ?? ''}`.trim(),
    ...(complaint ? [complaint] : []),
  ]
  return `ProviderError: ${label} API error: ${words.join(' - ')}`
}
