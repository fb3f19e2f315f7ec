import type { Tx } from '../../platform/db/database.ts'
import { fromLog } from './log-rows.ts'
import type { InferenceLog } from './log.ts'

/** Numbers and stores logs whose document is their span's attributes, unless one is stored beside them. */
export async function insertOwnLogs(
  tx: Tx,
  logs: readonly Omit<InferenceLog, 'seq'>[],
): Promise<InferenceLog[]> {
  const seqs = await tx.allocate('inference_logs', logs.length)
  const numbered = logs.flatMap((log, index) => {
    const seq = seqs[index]
    return seq === undefined ? [] : [{ ...log, seq }]
  })
  await tx.insertMany('inference_logs', numbered.map(fromLog))
  return numbered
}

export async function updateOwnLogs(tx: Tx, logs: readonly InferenceLog[]): Promise<void> {
  await tx.updateMany(
    'inference_logs',
    'seq',
    logs.map(({ seq, completedAt, model, status, finalText, totalSteps, revision }) => ({
      seq,
      completed_at: completedAt,
      model,
      status,
      final_text: finalText,
      total_steps: totalSteps,
      revision,
    })),
  )
}

/** Spans that have ended while their own log still says that they run. */
export async function spansEndedWithoutLog(tx: Tx, limit: number): Promise<string[]> {
  const rows = await tx.db
    .selectFrom('inference_logs')
    .innerJoin('spans', 'spans.span_id', 'inference_logs.span_id')
    .select('inference_logs.span_id')
    .where('inference_logs.status', '=', 'unset')
    .where('spans.status', '!=', 'unset')
    .whereRef('inference_logs.request_id', '=', 'inference_logs.span_id')
    .limit(limit)
    .execute()
  return rows.map((row) => row.span_id)
}
