import { anyOf } from '../../platform/db/any-of.ts'
import type { Tx } from '../../platform/db/database.ts'
import { fromLog, toLog } from './log-rows.ts'
import type { InferenceLog, LogDocument } from './log.ts'

/** The logs that there are of these request ids, locked against other processes in their order. */
export async function lockLogs(tx: Tx, requestIds: readonly string[]): Promise<InferenceLog[]> {
  const query = tx.db
    .selectFrom('inference_logs')
    .selectAll()
    .where(anyOf(tx.dialect, 'request_id', requestIds))
  const rows =
    tx.dialect === 'postgres'
      ? await query.orderBy('request_id').forUpdate().execute()
      : await query.execute()
  return rows.map(toLog)
}

/** How many comments each of the logs has; those with none are missing. */
export async function countDiscussions(
  tx: Tx,
  requestIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (requestIds.length === 0) return new Map()
  const rows = await tx.db
    .selectFrom('discussions')
    .select(({ fn }) => ['request_id', fn.countAll().as('count')])
    .where(anyOf(tx.dialect, 'request_id', requestIds))
    .groupBy('request_id')
    .execute()
  return new Map(rows.map(({ request_id: id, count }) => [id, Number(count)]))
}

/** A log's row and what is stored beside it. */
export interface StoredLog {
  readonly log: InferenceLog
  readonly document: LogDocument
  readonly unshownJson: string
}

export async function insertLogs(tx: Tx, stored: readonly StoredLog[]): Promise<void> {
  await tx.insertMany(
    'inference_logs',
    stored.map(({ log }) => fromLog(log)),
  )
  await tx.insertMany('inference_log_payloads', stored.map(toPayload))
}

export async function replaceLogs(tx: Tx, stored: readonly StoredLog[]): Promise<void> {
  await tx.updateMany(
    'inference_logs',
    'seq',
    stored.map(({ log }) => fromLog(log)),
  )
  await savePayloads(tx, stored.map(toPayload))
}

/** What stands beside a log's row. */
export interface LogPayload {
  readonly seq: number
  readonly document: LogDocument
  readonly unshown: string
}

/** NOTE: a call that Pharos ran itself has no payload until an engine takes its id. */
export async function savePayloads(tx: Tx, payloads: readonly LogPayload[]): Promise<void> {
  if (payloads.length === 0) return
  const rows = await tx.db
    .selectFrom('inference_log_payloads')
    .select('seq')
    .where(
      anyOf(
        tx.dialect,
        'seq',
        payloads.map(({ seq }) => seq),
      ),
    )
    .execute()
  const present = new Set(rows.map(({ seq }) => seq))
  const known = payloads.filter(({ seq }) => present.has(seq))
  await tx.updateMany('inference_log_payloads', 'seq', known)
  const missing = payloads.filter(({ seq }) => !present.has(seq))
  await tx.insertMany('inference_log_payloads', missing)
}

function toPayload({ log: { seq }, document, unshownJson }: StoredLog): LogPayload {
  return { seq, document, unshown: unshownJson }
}
