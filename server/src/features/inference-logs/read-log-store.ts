import { defineTask, type Tx } from '../../platform/db/database.ts'
import { findSpans, findTraces } from '../traces/index.ts'
import { documentOfSpan, logOfSpan } from './log-of-span.ts'
import { toLog } from './log-rows.ts'
import type { ListedLog } from './log.ts'

/** A log's row, and whether a document is stored beside it; else its span tells everything. */
export interface ReadableLog extends ListedLog {
  readonly hasDocument: boolean
}

/** The log with this request id, else the model call with this span id. */
export async function findReadableLog(tx: Tx, id: string): Promise<ReadableLog | undefined> {
  const found = (await readRow(tx, 'request_id', id)) ?? (await readRow(tx, 'span_id', id))
  return found ?? findTold(tx, id)
}

async function readRow(
  tx: Tx,
  column: 'request_id' | 'span_id',
  id: string,
): Promise<ReadableLog | undefined> {
  const row = await tx.db
    .selectFrom('inference_logs')
    .leftJoin('inference_log_payloads', 'inference_log_payloads.seq', 'inference_logs.seq')
    .selectAll('inference_logs')
    .select('inference_log_payloads.seq as payload_seq')
    .select(({ selectFrom, fn }) =>
      selectFrom('discussions')
        .whereRef('discussions.request_id', '=', 'inference_logs.request_id')
        .select(fn.countAll().as('count'))
        .as('discussion_count'),
    )
    .where(`inference_logs.${column}`, '=', id)
    .executeTakeFirst()
  if (!row) return undefined
  const discussionCount = Number(row.discussion_count)
  return { ...toLog(row), discussionCount, hasDocument: row.payload_seq !== null }
}

/** A model call that is no log of ours: a tracer told of it. */
async function findTold(tx: Tx, spanId: string): Promise<ReadableLog | undefined> {
  const [span] = await findSpans(tx, [spanId])
  if (span?.spanType !== 'llm_call') return undefined
  const [trace] = await findTraces(tx, [span.traceId], 'all')
  if (!trace) return undefined
  const log = logOfSpan(span, trace.ownerKey)
  return { ...log, seq: span.seq, discussionCount: 0, hasDocument: false }
}

/** What `readDocument` gives, made from a span. */
export const readSpanDocument = defineTask<string, Uint8Array | undefined>({
  module: import.meta.url,
  name: 'readSpanDocument',
  async run(tx, spanId) {
    const [span] = await findSpans(tx, [spanId])
    return span && new TextEncoder().encode(documentOfSpan(span).slice(1))
  },
})
