import { DomainError } from '../../platform/domain-error.ts'
import { allow, ownerKeyOf, type Uses } from '../identity/index.ts'
import { unsettledEvent } from './events.ts'
import { insertSpans, insertTraces, takenSpanIds } from './ingest-store.ts'
import { planImport, type ImportedSpan, type ImportedTrace } from './plan-import.ts'
import { findTrace } from './trace-store.ts'

/**
 * Stores a trace from a file, all or nothing, and gives the number of its spans. Throws
 * `conflict` when the trace is there already, `precondition` when a span id is taken or
 * occurs twice.
 */
export async function importTrace(
  ctx: Uses<'db' | 'clock' | 'caller'>,
  trace: ImportedTrace,
  spans: readonly ImportedSpan[],
): Promise<number> {
  allow(ctx.caller, 'traces:write')
  const ownerKey = ownerKeyOf(ctx.caller) ?? null
  const plan = planImport(trace, spans, { receivedAt: ctx.clock.nowSeconds(), ownerKey })
  await ctx.db.write(async (tx) => {
    if (await findTrace(tx, trace.traceId, 'all')) {
      throw new DomainError('conflict', `Trace ${trace.traceId} already exists`)
    }
    const ids = spans.map(({ spanId }) => spanId)
    const [taken] = [...repeatedIn(ids), ...(await takenSpanIds(tx, ids))]
    if (taken !== undefined) {
      throw new DomainError('precondition', `Import failed: span ${taken} exists already`)
    }
    await insertTraces(tx, [{ ...plan.head, tags: plan.tags }])
    await insertSpans(tx, plan.spans)
    if (plan.head.isUnsettled) tx.publish(unsettledEvent)
  })
  return spans.length
}

function repeatedIn(ids: readonly string[]): string[] {
  const seen = new Set<string>()
  return ids.filter((id) => seen.size === seen.add(id).size)
}
