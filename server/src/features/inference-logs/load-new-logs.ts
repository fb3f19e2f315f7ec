import type { Database } from '../../platform/db/database.ts'
import type { NewLogEvent } from './events.ts'
import { findLogs } from './log-store.ts'
import type { ListedLog } from './log.ts'

/**
 * The logs that events tell of, in their order: those that they carry, or as they are stored now
 * when another process told. Logs that are gone are left out.
 */
export async function loadNewLogs(
  db: Database,
  events: readonly NewLogEvent[],
): Promise<ListedLog[]> {
  const missing = events.flatMap(({ local, body }) => (local ? [] : body.requestId))
  const stored =
    missing.length === 0 ? [] : await db.read((tx) => findLogs(tx, [...new Set(missing)]))
  const byId = new Map(stored.map((log) => [log.requestId, log]))
  return events.flatMap(({ local, body }) => local ?? byId.get(body.requestId) ?? [])
}
