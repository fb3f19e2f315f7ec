import type { UpstreamError } from '../../platform/upstream/upstream-error.ts'
import type { UpstreamReply } from '../../platform/upstream/upstream.ts'
import type { Connection } from '../models/index.ts'
import type { CompletionFailure } from './failure.ts'

/** A reply whose status is no success, as a failure. */
export function refusalOf(
  { status, headers }: Pick<UpstreamReply, 'status' | 'headers'>,
  body: string,
  { kind }: Pick<Connection, 'kind'>,
): CompletionFailure {
  const retryAfter = headers['retry-after']
  // The pool of sockets has tried again by itself; the engine keeps its callers waiting but once.
  const isPassing = kind === 'local' && status === 503
  return {
    kind: 'status',
    status,
    body,
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(isPassing ? { isPassing } : {}),
  }
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
