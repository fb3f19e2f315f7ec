import { systemClock } from '../platform/clock.ts'
import type { Metrics } from '../platform/http/metrics.ts'
import { randomIds } from '../platform/ids.ts'
import { cleanUpJobs, dailyCleanUp } from '../platform/jobs/clean-up-jobs.ts'
import { JobEngine } from '../platform/jobs/job-engine.ts'
import type { Log } from '../platform/log/create-log.ts'
import type { Store } from './store.ts'

export interface JobPowers {
  readonly jobs: JobEngine
}

/** Takes jobs to keep, and runs none yet: its types are added, and it is started, by `Workers`. */
export function openJobs(
  opened: AsyncDisposableStack,
  { store, log, metrics }: { readonly store: Store; readonly log: Log; readonly metrics: Metrics },
): JobPowers {
  const { db, bus } = store
  const jobs = opened.use(new JobEngine({ db, clock: systemClock, ids: randomIds, logger: log }))
  jobs.register(cleanUpJobs({ db, clock: systemClock }))
  jobs.recurring(dailyCleanUp)
  opened.use(bus.subscribe(jobs))
  metrics.watch('pharos_jobs_running', 'Jobs that this process runs', () => jobs.runningCount)
  return { jobs }
}
