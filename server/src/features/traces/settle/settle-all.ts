import { allow, type Uses } from '../../identity/index.ts'
import { settleGroup } from './settle-group.ts'

/**
 * Works out all prices and repeated usage that are waiting, in transactions that others can go
 * between; an abort ends it between two. Gives the number of traces settled.
 */
export async function settleAll(
  ctx: Uses<'db' | 'caller'>,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<number> {
  allow(ctx.caller, 'traces:write')
  return settleWaiting(ctx, signal)
}

/** The same for a verb that asks for another permission. */
export async function settleWaiting(
  ctx: Uses<'db'>,
  signal: AbortSignal | undefined,
): Promise<number> {
  let settled = 0
  for (let isMore = true; isMore && signal?.aborted !== true;) {
    const report = await ctx.db.enqueue(settleGroup, null, 0)
    settled += report.settled
    isMore = report.isMore
  }
  return settled
}
