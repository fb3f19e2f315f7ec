import { defineGroup } from '../db/database.ts'
import {
  claimJobs,
  completeJobs,
  eachJobOnce,
  type Claim,
  type ClaimAsk,
  type Completion,
} from './job-store.ts'
import { saveReports, type JobReport } from './job-report-store.ts'

/** A claim that is lost with the power leaves its jobs waiting, as if it had not been made. */
export const claimGroup = defineGroup<ClaimAsk, Claim>({
  module: import.meta.url,
  name: 'claimGroup',
  survives: 'process-crash',
  async run(tx, asks) {
    const replies: Claim[] = []
    for (const ask of asks) replies.push(await claimJobs(tx, ask))
    return { replies, events: [] }
  },
})

/** Replies whether the job was still its owner's, and is completed by this. */
export const completeGroup = defineGroup<Completion, boolean>({
  module: import.meta.url,
  name: 'completeGroup',
  async run(tx, completions) {
    const replies: boolean[] = []
    for (const some of eachJobOnce(completions, ({ id }) => id)) {
      const completed = await completeJobs(tx, some)
      replies.push(...some.map(({ id }) => completed.has(id)))
    }
    return { replies, events: [] }
  },
})

export const reportGroup = defineGroup<JobReport, null>({
  module: import.meta.url,
  name: 'reportGroup',
  survives: 'process-crash',
  async run(tx, reports) {
    await saveReports(tx, reports)
    return { replies: reports.map(() => null), events: [] }
  },
})
