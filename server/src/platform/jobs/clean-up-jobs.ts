import type { Clock } from '../clock.ts'
import type { Database } from '../db/database.ts'
import { deleteEndedJobs } from './job-store.ts'
import type { JobType } from './job-type.ts'
import type { NewSchedule } from './schedule.ts'

const keptSeconds = 30 * 86_400
const deletedAtOnce = 500
const typeName = 'job-cleanup'

/** Deletes jobs that ended more than 30 days ago. Its result says how many. */
export function cleanUpJobs({
  db,
  clock,
}: {
  readonly db: Database
  readonly clock: Clock
}): JobType<null> {
  return {
    name: typeName,
    bound: 1,
    read: () => null,
    async run({ signal }) {
      const before = clock.nowSeconds() - keptSeconds
      let deleted = 0
      for (let count = deletedAtOnce; count === deletedAtOnce;) {
        signal.throwIfAborted()
        count = await db.write((tx) => deleteEndedJobs(tx, { before, limit: deletedAtOnce }))
        deleted += count
      }
      return { deleted }
    },
  }
}

export const dailyCleanUp: NewSchedule = {
  name: 'house: old jobs',
  type: typeName,
  data: null,
  rhythm: { everySeconds: 86_400 },
}
