import { allow, type Uses } from '../identity/index.ts'
import { reachOf } from './reach.ts'
import type { Trace } from './span.ts'
import { pageOfTraces, type Page, type TraceFilter } from './trace-store.ts'

/** One page of traces, newest arrival first, and how many match in all. */
export async function listTraces(
  ctx: Uses<'db' | 'caller'>,
  filter: TraceFilter,
  page: Page,
): Promise<{ traces: Trace[]; total: number }> {
  allow(ctx.caller, 'traces:read')
  return ctx.db.read((tx) => pageOfTraces(tx, filter, reachOf(ctx.caller), page))
}
