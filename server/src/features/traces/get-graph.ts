import { DomainError } from '../../platform/domain-error.ts'
import { allow, type Uses } from '../identity/index.ts'
import { toGraph, type Graph } from './graph.ts'
import { reachOf } from './reach.ts'
import { graphRows } from './span-store.ts'
import { findTrace } from './trace-store.ts'

/** Spans as nodes and parenthood as edges. Throws `not-found`. */
export async function getGraph(ctx: Uses<'db' | 'caller'>, traceId: string): Promise<Graph> {
  allow(ctx.caller, 'traces:read')
  const rows = await ctx.db.read(async (tx) => {
    const trace = await findTrace(tx, traceId, reachOf(ctx.caller))
    return trace && graphRows(tx, traceId)
  })
  if (!rows) throw new DomainError('not-found', 'Trace not found')
  return toGraph(rows)
}
