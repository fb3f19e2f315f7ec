import { retryAfterMs } from '../../platform/upstream/retry-plan.ts'
import type { CompletionFailure } from './failure.ts'

/** For how long a provider asks to be left alone, from now; null where it asks for nothing legible. */
export function askedWaitMs(failure: CompletionFailure, nowSeconds: number): number | null {
  const retryAfter = failure.kind === 'status' ? failure.retryAfter : undefined
  return retryAfter === undefined ? null : retryAfterMs({ 'retry-after': retryAfter }, nowSeconds)
}
