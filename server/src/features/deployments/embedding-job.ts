import type { WriteTx } from '../../platform/db/database.ts'
import type { Job } from '../../platform/jobs/job.ts'
import { jobEnded } from '../../platform/jobs/job-events.ts'
import type { JobType } from '../../platform/jobs/job-type.ts'
import { notifyIn } from '../webhooks/index.ts'
import { embeddingJobType, readEmbeddingJob, type EmbeddingJob } from './embedding-job-data.ts'
import type { EmbeddingPowers } from './powers.ts'
import { runEmbedding } from './run-embedding.ts'

/** A body that brings texts is shorter. */
const mostDataBytes = 16 * 1024 * 1024
/** A reply of a provider is not longer. */
const mostResultBytes = 256 * 1024 * 1024

/**
 * Turns texts into vectors, which are the job's result: `{embeddings, model, usage}`. Its webhooks
 * are told in the transaction that ends it, whatever the reason. Source: hypersigil contract §8.3.
 */
export function embeddingJobs(powers: EmbeddingPowers): JobType<EmbeddingJob> {
  return {
    name: embeddingJobType,
    defaults: { priority: 2, maxAttempts: 3 },
    bound: 5,
    mostDataBytes,
    mostResultBytes,
    read: readEmbeddingJob,
    run: (job) => runEmbedding(powers, job),
    givenUp: (tx, job) => tellOfFailure(tx, powers, job),
  }
}

async function tellOfFailure(tx: WriteTx, powers: EmbeddingPowers, job: Job): Promise<void> {
  tx.publish(jobEnded(job.id))
  const event = 'webhook.deployment.embedding'
  const error = job.terminationReason ?? job.error ?? 'It failed for an unknown reason'
  await notifyIn(tx, powers, {
    destinationIds: readEmbeddingJob(job.data).webhookDestinationIds,
    event,
    body: { event, status: 'error', jobId: job.id, error },
    executionId: null,
    createdBy: job.createdBy,
  })
}
