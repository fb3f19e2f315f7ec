import { allow, type Uses } from '../identity/index.ts'
import { newestTraces } from './newest-traces-store.ts'
import { reachOf } from './reach.ts'
import type { Trace } from './span.ts'

/** The traces that began last, latest first. */
export async function listNewestTraces(
  ctx: Uses<'db' | 'caller'>,
  limit: number,
): Promise<Trace[]> {
  allow(ctx.caller, 'traces:read')
  return ctx.db.read((tx) => newestTraces(tx, limit, reachOf(ctx.caller)))
}
