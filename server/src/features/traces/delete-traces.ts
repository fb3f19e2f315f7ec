import { DomainError } from '../../platform/domain-error.ts'
import { allow, type Uses } from '../identity/index.ts'
import { reachOf } from './reach.ts'
import { removeTraces, tracesToDelete } from './trace-store.ts'

/**
 * Named traces, or all that first arrived before a Unix time in seconds and that nothing holds: no
 * public log is of them, and none in a collection.
 */
export type DeletedTraces =
  | { readonly traceIds: readonly string[] }
  | { readonly createdBefore: number }

/** Traces read at a time, and spans removed in one transaction: others write in between. */
const tracesPerPage = 1_000
const spansPerTransaction = 5_000

/**
 * Deletes traces with all that hangs on them and gives their number. A large deletion takes
 * several transactions, so that it never holds up ingest for long; an abort ends it between two.
 */
export async function deleteTraces(
  ctx: Uses<'db' | 'caller'>,
  which: DeletedTraces,
  signal?: AbortSignal,
): Promise<number> {
  allow(ctx.caller, 'traces:write')
  const reach = reachOf(ctx.caller)
  const spared = 'traceIds' in which ? 'none' : 'held'
  let deleted = 0
  for (;;) {
    const found = await ctx.db.read((tx) => tracesToDelete(tx, which, reach, tracesPerPage))
    for (const traceIds of inPortions(found)) {
      if (signal?.aborted) return deleted
      deleted += await ctx.db.write((tx) => removeTraces(tx, traceIds, spared))
    }
    if (found.length < tracesPerPage) return deleted
  }
}

/** Throws `not-found`. */
export async function deleteTrace(ctx: Uses<'db' | 'caller'>, traceId: string): Promise<void> {
  const deleted = await deleteTraces(ctx, { traceIds: [traceId] })
  if (deleted === 0) throw new DomainError('not-found', 'Trace not found')
}

function inPortions(found: readonly { traceId: string; spanCount: number }[]): string[][] {
  const portions: string[][] = []
  let room = 0
  for (const { traceId, spanCount } of found) {
    if (room < spanCount || portions.length === 0) {
      portions.push([])
      room = spansPerTransaction
    }
    portions.at(-1)?.push(traceId)
    room -= spanCount
  }
  return portions
}
