import { cleanUpType, daily } from '../../platform/jobs/daily-clean-up.ts'
import type { JobType } from '../../platform/jobs/job-type.ts'
import type { Uses } from '../identity/index.ts'
import { deleteEndedDeliveries } from './delivery-store.ts'

const typeName = 'webhook-cleanup'

/** Deletes deliveries that ended more than 30 days ago. */
export function deliveryCleanUpJobs(powers: Uses<'db' | 'clock'>): JobType<null> {
  return cleanUpType(powers, typeName, deleteEndedDeliveries)
}

export const dailyDeliveryCleanUp = daily('house: old webhook deliveries', typeName)
