import { readComplaint, type Complaint } from './complaint.ts'
import type { CompletionFailure } from './failure.ts'

/** What every dialect tells of a call that failed. */
export interface FailureFacts {
  /** For HTTP: the provider's own where it is one of an error. Source: bodhi contract §6.8. */
  readonly status: number
  /** What the provider itself says is wrong. */
  readonly complaint: Complaint
  /** Whether to ask again, since most was tried again here already, and when if that was said. */
  readonly headers: Readonly<Record<string, string>>
}

export function failureFacts(failure: CompletionFailure): FailureFacts {
  const isStatus = failure.kind === 'status'
  const retryAfter = isStatus ? failure.retryAfter : undefined
  return {
    status: statusOf(failure),
    complaint: readComplaint(isStatus ? failure.body : ''),
    headers: {
      'x-should-retry': String(isStatus && failure.isPassing === true),
      ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
    },
  }
}

function statusOf(failure: CompletionFailure): number {
  switch (failure.kind) {
    case 'status':
      // A redirect of a provider leads its clients nowhere.
      return failure.status < 400 ? 502 : failure.status
    case 'transport':
    case 'unusable':
      return 502
    case 'timeout':
      return 504
    case 'cancelled':
      return 499
  }
}
