import type { WriteTx } from '../../platform/db/database.ts'
import type { Job } from '../../platform/jobs/job.ts'
import type { JobType } from '../../platform/jobs/job-type.ts'
import { executionJobType, readExecutionJob, type ExecutionJob } from './execution-job-data.ts'
import { cancelledText, failExecution } from './fail-execution.ts'
import { connectionOf } from './model-name.ts'
import type { RunPowers } from './powers.ts'
import { runExecution } from './run-execution.ts'
import { lockExecution, saveExecution } from './store.ts'

/**
 * Runs executions, a bounded number of each provider at a time. An execution ends in the
 * transaction that ends its job, whatever the reason.
 */
export function executionJobs(powers: RunPowers): JobType<ExecutionJob> {
  return {
    name: executionJobType,
    defaults: { priority: 2, maxAttempts: 3, retryDelayMs: 2000, retryBackoffMultiplier: 2 },
    bound: (lane) => powers.executionsPerProvider(lane.slice(executionJobType.length + 1)),
    lane: ({ provider }) => `${executionJobType}:${connectionOf(provider)}`,
    read: readExecutionJob,
    run: (job) => runExecution(powers, job),
    givenUp: (tx, job) => giveUp(tx, powers, job),
    triedAgain: (tx, job) => waitAgain(tx, powers, job),
  }
}

async function giveUp(tx: WriteTx, powers: RunPowers, job: Job): Promise<void> {
  const { executionId: id } = readExecutionJob(job.data)
  const isCancelled = job.status === 'terminated'
  const message = isCancelled ? cancelledText : (job.error ?? 'It failed for an unknown reason')
  await failExecution(tx, powers, { id, message })
}

/** Nothing of what came before counts. */
async function waitAgain(tx: WriteTx, { clock }: RunPowers, job: Job): Promise<void> {
  const { executionId } = readExecutionJob(job.data)
  if ((await lockExecution(tx, executionId)) === undefined) return
  await saveExecution(tx, executionId, {
    status: 'pending',
    error_message: null,
    started_at: null,
    completed_at: null,
    updated_at: clock.nowSeconds(),
  })
}
