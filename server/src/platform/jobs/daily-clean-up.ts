import type { Clock } from '../clock.ts'
import type { Database, WriteTx } from '../db/database.ts'
import type { JobType } from './job-type.ts'
import type { NewSchedule } from './schedule.ts'

const keptSeconds = 30 * 86_400
const deletedAtOnce = 500

interface CleanUpPowers {
  readonly db: Database
  readonly clock: Clock
}

/** Deletes some of what ended before a time; gives how many. */
type DeleteEnded = (
  tx: WriteTx,
  which: { readonly before: number; readonly limit: number },
) => Promise<number>

/** Work that deletes what ended more than 30 days ago, a little at a time. Its result says how many. */
export function cleanUpType(
  { db, clock }: CleanUpPowers,
  name: string,
  deleteEnded: DeleteEnded,
): JobType<null> {
  return {
    name,
    bound: 1,
    read: () => null,
    async run({ signal }) {
      const before = clock.nowSeconds() - keptSeconds
      let deleted = 0
      for (let count = deletedAtOnce; count === deletedAtOnce;) {
        signal.throwIfAborted()
        count = await db.write((tx) => deleteEnded(tx, { before, limit: deletedAtOnce }))
        deleted += count
      }
      return { deleted }
    },
  }
}

export function daily(name: string, type: string): NewSchedule {
  return { name, type, data: null, rhythm: { everySeconds: 86_400 } }
}
