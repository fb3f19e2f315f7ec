import type { Clock } from '../clock.ts'
import type { Database } from '../db/database.ts'
import { cleanUpType, daily } from './daily-clean-up.ts'
import { deleteEndedJobs } from './job-store.ts'
import type { JobType } from './job-type.ts'

const typeName = 'job-cleanup'

/** Deletes jobs that ended more than 30 days ago. */
export function cleanUpJobs(powers: {
  readonly db: Database
  readonly clock: Clock
}): JobType<null> {
  return cleanUpType(powers, typeName, deleteEndedJobs)
}

export const dailyCleanUp = daily('house: old jobs', typeName)
