export { cancelJob, retryJob, triggerJob } from './change-jobs.ts'
export type { JobContext } from './powers.ts'
export { getJob, jobStats, listJobLogs, listJobs } from './read-jobs.ts'
export {
  createJobSchedule,
  deleteJobSchedule,
  listJobSchedules,
  updateJobSchedule,
} from './schedules.ts'
export type { JobOrder, JobWriter } from './store.ts'
export type { Job, JobFacts } from '../../platform/jobs/job.ts'
export type { JobSchedule } from '../../platform/jobs/schedule.ts'
