import { retryAfterMs } from '../../platform/upstream/retry-plan.ts'
import type { ModelTarget, ResolvedModel } from '../models/index.ts'
import type { CompletionFailure } from './failure.ts'
import type { CompletionContext } from './powers.ts'

/**
 * Notes that a target of a router failed by its own fault, so that the router passes it over for as
 * long as it says. Source: bodhi contract B.3.
 */
export function restTarget(
  { directory, clock }: Pick<CompletionContext, 'directory' | 'clock'>,
  resolved: ResolvedModel,
  { target, failure }: { readonly target: ModelTarget; readonly failure: CompletionFailure },
): void {
  const retryAfter = failure.kind === 'status' ? failure.retryAfter : undefined
  const headers: Readonly<Record<string, string>> =
    retryAfter === undefined ? {} : { 'retry-after': retryAfter }
  const waitMs = retryAfterMs(headers, clock.nowSeconds())
  directory.restTarget(resolved, target, waitMs === null ? null : waitMs / 1000)
}
