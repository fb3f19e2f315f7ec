import type { ModelTarget, ResolvedModel } from '../models/index.ts'
import { askedWaitMs } from './asked-wait.ts'
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
  const waitMs = askedWaitMs(failure, clock.nowSeconds())
  directory.restTarget(resolved, target, waitMs === null ? null : waitMs / 1000)
}
