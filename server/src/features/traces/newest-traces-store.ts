import type { Tx } from '../../platform/db/database.ts'
import type { Reach } from './reach.ts'
import { toTrace } from './rows.ts'
import type { Trace } from './span.ts'
import { reachable } from './trace-store.ts'

/** Traces by the time they began, latest first. */
export async function newestTraces(tx: Tx, limit: number, reach: Reach): Promise<Trace[]> {
  const rows = await reachable(tx.db.selectFrom('traces'), reach)
    .selectAll()
    .orderBy('start_time', 'desc')
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toTrace)
}
