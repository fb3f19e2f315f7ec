import { allow, type Uses } from '../identity/index.ts'
import { saveOwnLogs } from './own-logs.ts'
import { spansEndedWithoutLog } from './own-log-store.ts'

const logsPerTransaction = 200

/**
 * Brings logs up to date whose spans were closed because the process that made them died. Gives
 * their number.
 */
export async function endAbandonedLogs(
  { db, caller }: Uses<'db' | 'caller'>,
  signal: AbortSignal,
): Promise<number> {
  allow(caller, 'logs:write')
  let count = 0
  while (!signal.aborted) {
    const ended = await db.write(async (tx) => {
      const spanIds = await spansEndedWithoutLog(tx, logsPerTransaction)
      for (const event of await saveOwnLogs(tx, spanIds)) tx.publish(event)
      return spanIds.length
    })
    count += ended
    if (ended < logsPerTransaction) break
  }
  return count
}
