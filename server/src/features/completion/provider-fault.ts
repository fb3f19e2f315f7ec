import type { UpstreamError } from '../../platform/upstream/upstream-error.ts'
import type { UpstreamReply } from '../../platform/upstream/upstream.ts'
import type { CompletionFailure } from './failure.ts'

/** A reply whose status is no success, as a failure. */
export function refusalOf(
  { status, headers }: Pick<UpstreamReply, 'status' | 'headers'>,
  body: string,
): CompletionFailure {
  const retryAfter = headers['retry-after']
  return { kind: 'status', status, body, ...(retryAfter === undefined ? {} : { retryAfter }) }
}

interface SoFar {
  /** The provider's name as people write it. */
  readonly label: string
  /** Whether its reply had begun. */
  readonly hasBegun: boolean
  readonly received: string | null
}

/** An exchange that broke off, as a failure. */
export function faultOf(
  { fault }: UpstreamError,
  { label, hasBegun, received }: SoFar,
): CompletionFailure {
  switch (fault.kind) {
    case 'timeout':
      return fault
    case 'aborted':
      return { kind: 'cancelled', reason: fault.reason }
    case 'transport': {
      if (!hasBegun) return fault
      const reason = `The answer of ${label} broke off: ${fault.reason}`
      return { kind: 'unusable', reason, received: received ?? '' }
    }
  }
}
