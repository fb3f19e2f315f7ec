import { anyOf } from '../../platform/db/any-of.ts'
import type { Tx } from '../../platform/db/database.ts'
import type { RunningSpansTable } from '../../platform/db/schema.ts'
import type { IngestBatch, IngestPlan } from './plan-ingest.ts'

interface RunBatch extends IngestBatch {
  readonly runningIn: string | null
}

/** Notes the spans that a process left open as its own work, and forgets those it closed. */
export async function noteRunning(
  tx: Tx,
  batches: readonly RunBatch[],
  plan: IngestPlan,
): Promise<void> {
  const open = new Map<string, RunningSpansTable>()
  const closed = new Set<string>()
  for (const { spans, runningIn, announce } of batches) {
    if (runningIn === null) continue
    for (const { spanId, traceId } of spans) {
      const planned = plan.spans.get(spanId)
      if (planned?.traceId !== traceId) continue
      const { status, startTime } = planned
      if (status !== 'unset') closed.add(spanId)
      else {
        const isQuiet = announce === 'never' ? 1 : 0
        const run = { process_id: runningIn, started_at: startTime, is_quiet: isQuiet }
        open.set(spanId, { span_id: spanId, ...run })
      }
    }
  }
  await tx.insertMany('running_spans', [...open.values()], 'ignore')
  if (closed.size === 0) return
  await tx.db
    .deleteFrom('running_spans')
    .where(anyOf(tx.dialect, 'span_id', [...closed]))
    .execute()
}
