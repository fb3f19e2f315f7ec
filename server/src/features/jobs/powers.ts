import type { JobEngine } from '../../platform/jobs/job-engine.ts'
import type { Uses } from '../identity/index.ts'

/** What the verbs of jobs need. */
export interface JobContext extends Uses<'db' | 'clock' | 'ids' | 'caller'> {
  readonly jobs: JobEngine
}
