import { DomainError } from '../../platform/domain-error.ts'
import { allow } from '../identity/index.ts'
import { asking, runNotFound } from './faults.ts'
import type { ReadingContext } from './powers.ts'
import { allowExplorer, reachOf } from './reach.ts'
import { removeRun, removeRunsBefore } from './store.ts'

/** Removes a run and what it left. Throws `not-found` for one that is not the caller's. */
export async function deleteRun(ctx: ReadingContext, requestId: string): Promise<void> {
  allowExplorer(ctx)
  if (ctx.caller.kind === 'anonymous') {
    throw new DomainError('unauthenticated', 'Deleting a run needs an API key or a login')
  }
  const isGone = await asking(ctx, 'INDEX_WRITE_FAILED', () =>
    ctx.db.write((tx) => removeRun(tx, requestId, reachOf(ctx.caller))),
  )
  if (!isGone) throw runNotFound()
}

const runsPerDeletion = 100

/** Removes runs from before a time (Unix seconds), a few at a time. Gives their number. */
export async function deleteRunsBefore(
  ctx: Pick<ReadingContext, 'db' | 'caller'>,
  before: number,
  signal: AbortSignal,
): Promise<number> {
  allow(ctx.caller, 'traces:write')
  let removed = 0
  while (!signal.aborted) {
    const count = await ctx.db.write((tx) => removeRunsBefore(tx, before, runsPerDeletion))
    removed += count
    if (count < runsPerDeletion) break
  }
  if (removed > 0) await ctx.db.compact()
  return removed
}
