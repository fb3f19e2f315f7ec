import type { Database } from '../../platform/db/database.ts'
import type { SpansEvent, ToldSpan, ToldTrace } from './events.ts'
import { findSpans } from './span-store.ts'
import { findTraces } from './trace-store.ts'

export interface Told {
  readonly spans: readonly ToldSpan[]
  readonly newTraces: readonly ToldTrace[]
  readonly openedTraces: readonly ToldTrace[]
}

/**
 * The rows an event speaks of, in its order: those it carries, or as they are stored now when
 * another process made it. Rows that are gone are left out.
 */
export async function loadTold(db: Database, event: SpansEvent): Promise<Told> {
  if (event.local) return event.local
  const { spanIds, newTraceIds, openedTraceIds } = event.body
  if (spanIds.length === 0) return { spans: [], newTraces: [], openedTraces: [] }
  const { spans, traces } = await db.read(async (tx) => {
    const found = await findSpans(tx, spanIds)
    const spanTraceIds = found.map(({ traceId }) => traceId)
    const traceIds = [...new Set([...newTraceIds, ...openedTraceIds, ...spanTraceIds])]
    return { spans: found, traces: await findTraces(tx, traceIds, 'all') }
  })
  const owners = new Map(traces.map(({ traceId, ownerKey }) => [traceId, ownerKey]))
  const told = spans.map((span) => ({ ...span, ownerKey: owners.get(span.traceId) ?? null }))
  return {
    spans: inOrder(spanIds, told, ({ spanId }) => spanId),
    newTraces: inOrder(newTraceIds, traces, ({ traceId }) => traceId),
    openedTraces: inOrder(openedTraceIds, traces, ({ traceId }) => traceId),
  }
}

function inOrder<T>(ids: readonly string[], rows: readonly T[], idOf: (row: T) => string): T[] {
  const byId = new Map(rows.map((row) => [idOf(row), row]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}
