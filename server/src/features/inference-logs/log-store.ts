import { anyOf } from '../../platform/db/any-of.ts'
import type { Tx } from '../../platform/db/database.ts'
import type { LogAccess } from './access.ts'
import { toLog } from './log-rows.ts'
import type { ListedLog, LogDocument } from './log.ts'

/** What decides over reading a log, and where it is. */
export interface FoundLog extends LogAccess {
  readonly seq: number
  readonly requestId: string
  readonly spanId: string
  readonly traceId: string
  readonly revision: number
}

/** The access row of a log by its request id; undefined when there is no such log. */
export async function findLogAccess(tx: Tx, requestId: string): Promise<FoundLog | undefined> {
  const row = await tx.db
    .selectFrom('inference_logs')
    .select(['seq', 'request_id', 'span_id', 'trace_id', 'revision', 'owner_key', 'is_public'])
    .where('request_id', '=', requestId)
    .executeTakeFirst()
  if (!row) return undefined
  return {
    seq: row.seq,
    requestId: row.request_id,
    spanId: row.span_id,
    traceId: row.trace_id,
    revision: row.revision,
    ownerKey: row.owner_key,
    isPublic: row.is_public === 1,
  }
}

/** Rows of the logs with these request ids, in no particular order. */
export async function findLogs(tx: Tx, requestIds: readonly string[]): Promise<ListedLog[]> {
  const rows = await tx.db
    .selectFrom('inference_logs')
    .selectAll()
    .select(({ selectFrom, fn }) =>
      selectFrom('discussions')
        .whereRef('discussions.request_id', '=', 'inference_logs.request_id')
        .select(fn.countAll().as('count'))
        .as('discussion_count'),
    )
    .where(anyOf(tx.dialect, 'request_id', requestIds))
    .execute()
  return rows.map((row) => ({ ...toLog(row), discussionCount: Number(row.discussion_count) }))
}

/** The stored document of a log, ready to be spliced into a reply. */
export async function findLogDocument(tx: Tx, seq: number): Promise<LogDocument | undefined> {
  const row = await tx.db
    .selectFrom('inference_log_payloads')
    .select('document')
    .where('seq', '=', seq)
    .executeTakeFirst()
  return row?.document
}

/** Whether any log came with the key of this fingerprint (`ownerKeyFor`). */
export async function ownerKeyExists(tx: Tx, ownerKey: string): Promise<boolean> {
  const row = await tx.db
    .selectFrom('inference_logs')
    .select('seq')
    .where('owner_key', '=', ownerKey)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
