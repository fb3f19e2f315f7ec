import type { WriteTx } from '../../platform/db/database.ts'
import { unsettledEvent } from './events.ts'
import { lockTraces } from './ingest-store.ts'
import { saveTotals } from './settle/revise-store.ts'
import { boundsOfSpans, deleteSpanRow, findSpans } from './span-store.ts'
import { takeSpan } from './trace-head.ts'
import { removeTraces } from './trace-store.ts'

/**
 * Takes a span with all that hangs on it out of its trace, which then adds up to what is left; with
 * its last span the trace goes too. Spans below it stay and have no parent in the trace any more.
 * False when there is no such span. Whether the caller may do so is for the caller to know.
 */
export async function removeSpan(
  tx: WriteTx,
  { traceId, spanId }: { readonly traceId: string; readonly spanId: string },
): Promise<boolean> {
  const [head] = await lockTraces(tx, [traceId])
  const [span] = await findSpans(tx, [spanId])
  if (head === undefined || span?.traceId !== traceId) return false
  await deleteSpanRow(tx, spanId)
  const bounds = await boundsOfSpans(tx, traceId)
  if (bounds === undefined) {
    await removeTraces(tx, [traceId])
    return true
  }
  const left = { ...takeSpan(head, span), ...bounds }
  await saveTotals(tx, [left])
  if (left.isUnsettled) tx.publish(unsettledEvent)
  return true
}
