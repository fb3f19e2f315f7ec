import type { JobType } from '../../platform/jobs/job-type.ts'
import type { NewSchedule } from '../../platform/jobs/schedule.ts'
import type { Uses } from '../identity/index.ts'
import { deleteEndedDeliveries } from './delivery-store.ts'

const keptSeconds = 30 * 86_400
const deletedAtOnce = 500
const typeName = 'webhook-cleanup'

/** Deletes deliveries that ended more than 30 days ago. Its result says how many. */
export function deliveryCleanUpJobs({ db, clock }: Uses<'db' | 'clock'>): JobType<null> {
  return {
    name: typeName,
    bound: 1,
    read: () => null,
    async run({ signal }) {
      const before = clock.nowSeconds() - keptSeconds
      let deleted = 0
      for (let count = deletedAtOnce; count === deletedAtOnce;) {
        signal.throwIfAborted()
        count = await db.write((tx) => deleteEndedDeliveries(tx, { before, limit: deletedAtOnce }))
        deleted += count
      }
      return { deleted }
    },
  }
}

export const dailyDeliveryCleanUp: NewSchedule = {
  name: 'house: old webhook deliveries',
  type: typeName,
  data: null,
  rhythm: { everySeconds: 86_400 },
}
