import { DomainError } from '../../platform/domain-error.ts'
import { allow, type Uses } from '../identity/index.ts'
import { reachOf } from '../traces/index.ts'
import type { DemoRuns } from './demo-runs.ts'

/**
 * Stops a demo agent of this process and resolves when its spans are closed. Needs
 * `completions:run`.
 * @throws DomainError `not-found` when no such agent is at work within the caller's reach.
 */
export async function cancelDemo(
  ctx: Uses<'caller'> & { readonly demoRuns: DemoRuns },
  traceId: string,
): Promise<void> {
  allow(ctx.caller, 'completions:run')
  const reach = reachOf(ctx.caller)
  const mayReach = (ownerKey: string | null): boolean =>
    reach === 'all' || reach.ownerKey === ownerKey
  if (await ctx.demoRuns.cancel(traceId, mayReach)) return
  throw new DomainError('not-found', 'Demo run not found')
}
