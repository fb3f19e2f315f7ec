import { waitUntil } from '../../platform/bus/wait-until.ts'
import type { Uses } from '../identity/index.ts'
import { executionNotFound } from './execution-not-found.ts'
import type { ExecutionPowers } from './powers.ts'
import { isOpen, statusOf } from './store.ts'

/**
 * Waits for the end of an execution; false where it has not come within the time, the signal was
 * aborted or the server stops. Asks for no scope. @throws DomainError `not-found`.
 */
export async function whenEnded(
  ctx: Uses<'db'> & Pick<ExecutionPowers, 'executionEnds'>,
  id: string,
  { seconds, signal }: { readonly seconds: number; readonly signal?: AbortSignal },
): Promise<boolean> {
  const { stopping } = ctx.executionEnds
  return waitUntil({
    look: () => hasEnded(ctx, id),
    watch: (tell) => ctx.executionEnds.watch(id, tell),
    seconds,
    signals: signal === undefined ? [stopping] : [signal, stopping],
  })
}

async function hasEnded(ctx: Uses<'db'>, id: string): Promise<boolean> {
  const status = await ctx.db.read((tx) => statusOf(tx, id))
  if (status === undefined) throw executionNotFound(id)
  return !isOpen({ status })
}
