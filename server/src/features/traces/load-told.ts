import type { Database } from '../../platform/db/database.ts'
import type { SpansEvent, ToldSpan, ToldTrace } from './events.ts'
import { findSpans } from './span-store.ts'
import { findTraces } from './trace-store.ts'

/**
 * The rows an event speaks of, in its order: those it carries, or as they are stored now when
 * another process made it. Rows that are gone are left out.
 */
export async function loadTold(
  db: Database,
  event: SpansEvent,
): Promise<{ spans: readonly ToldSpan[]; newTraces: readonly ToldTrace[] }> {
  if (event.local) return event.local
  const { spanIds, newTraceIds } = event.body
  const { spans, traces } = await db.read(async (tx) => {
    const found = await findSpans(tx, spanIds)
    const traceIds = [...new Set([...newTraceIds, ...found.map(({ traceId }) => traceId)])]
    return { spans: found, traces: await findTraces(tx, traceIds, 'all') }
  })
  const owners = new Map(traces.map(({ traceId, ownerKey }) => [traceId, ownerKey]))
  const told = spans.map((span) => ({ ...span, ownerKey: owners.get(span.traceId) ?? null }))
  return {
    spans: inOrder(spanIds, told, ({ spanId }) => spanId),
    newTraces: inOrder(newTraceIds, traces, ({ traceId }) => traceId),
  }
}

function inOrder<T>(ids: readonly string[], rows: readonly T[], idOf: (row: T) => string): T[] {
  const byId = new Map(rows.map((row) => [idOf(row), row]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}
