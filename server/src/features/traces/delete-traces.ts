import { DomainError } from '../../platform/domain-error.ts'
import type { WriteTx } from '../../platform/db/database.ts'
import { allow, auditEntry, insertAudit, type Uses } from '../identity/index.ts'
import { reachOf } from './reach.ts'
import { removeTraces, tracesToDelete } from './trace-store.ts'

/**
 * Named traces, or all that first arrived before a Unix time in seconds and that nothing holds: no
 * public log is of them, none in a collection, and no execution.
 */
export type DeletedTraces =
  | { readonly traceIds: readonly string[] }
  | { readonly createdBefore: number }

/** Traces read at a time, and spans removed in one transaction: others write in between. */
const tracesPerPage = 1_000
const spansPerTransaction = 5_000
/** So many ids of what is gone are told by one line of the audit. */
const mostNoted = 100

type DeleteContext = Uses<'db' | 'clock' | 'ids' | 'caller'>

/**
 * Deletes traces with all that hangs on them and gives their number. A large deletion takes
 * several transactions, so that it never holds up ingest for long; an abort ends it between two. Each
 * leaves a line in the audit.
 */
export async function deleteTraces(
  ctx: DeleteContext,
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
      deleted += await ctx.db.write(async (tx) => {
        const count = await removeTraces(tx, traceIds, spared)
        if (count > 0) await note(ctx, tx, { traceIds, count })
        return count
      })
    }
    if (found.length < tracesPerPage) return deleted
  }
}

/** Throws `not-found`. */
export async function deleteTrace(ctx: DeleteContext, traceId: string): Promise<void> {
  const deleted = await deleteTraces(ctx, { traceIds: [traceId] })
  if (deleted === 0) throw new DomainError('not-found', 'Trace not found')
}

/** Of those that were to go some may have been spared: then their number alone is certain. */
async function note(
  ctx: DeleteContext,
  tx: WriteTx,
  { traceIds, count }: { readonly traceIds: readonly string[]; readonly count: number },
): Promise<void> {
  const [only = '*'] = traceIds.length === 1 ? traceIds : []
  const isToldWhole = only === '*' && count === traceIds.length && count <= mostNoted
  const changes = { count, ...(isToldWhole && { traceIds }) }
  await insertAudit(tx, [auditEntry(ctx, { kind: 'trace', id: only }, 'delete', changes)])
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
