import { waitUntil } from '../../platform/bus/wait-until.ts'
import type { WriterReference, WrittenText } from '../../platform/threads/written-text.ts'
import { allow, allowModel, identityOf, lendScope } from '../identity/index.ts'
import { getJob } from '../jobs/index.ts'
import { askedName, embeddingDeploymentNotFound } from './embedding-deployment.ts'
import { embeddingJobType, type EmbeddingJob } from './embedding-job-data.ts'
import { checkInputs } from './embedding-limits.ts'
import { findEmbeddingDeployment, statusOfJob } from './embedding-store.ts'
import type { DeploymentContext } from './powers.ts'
import type { RunWait } from './run-deployment.ts'

export interface StartedEmbedding {
  readonly jobId: string
  /** Where it was waited for and has ended in time: the job as `writer` writes it. */
  readonly ended?: WrittenText
}

export interface EmbeddingWait extends RunWait {
  /** Names a `JobWriter`: there may be too many vectors to be held in another form. */
  readonly writer: WriterReference
}

/**
 * Has a job turn texts into vectors, with the model that a deployment names; gives the id of the
 * job, and what became of it to whoever waits. Needs `embeddings:run`. Source: hypersigil contract §8.3.
 * @throws DomainError `not-found` for the name, `invalid` for more texts than the model takes.
 */
export async function runEmbeddingDeployment(
  ctx: DeploymentContext,
  name: string,
  { inputs, wait }: { readonly inputs: string | readonly string[]; readonly wait?: EmbeddingWait },
): Promise<StartedEmbedding> {
  const { caller } = ctx
  allow(caller, 'embeddings:run')
  const deployment = await ctx.db.read((tx) => findEmbeddingDeployment(tx, 'name', name))
  if (deployment === undefined) throw embeddingDeploymentNotFound(name)
  const { id: deploymentId, model, inputType, webhookIds } = deployment
  allowModel(caller, askedName(model))
  checkInputs(model, inputs)
  const data: EmbeddingJob = {
    inputs,
    model,
    inputType,
    webhookDestinationIds: webhookIds,
    deploymentId,
    deploymentName: name,
    keyId: caller.kind === 'apiKey' ? caller.keyId : null,
  }
  const job = { type: embeddingJobType, data, createdBy: identityOf(caller) }
  const jobId = await ctx.db.write((tx) => ctx.jobs.enqueue(tx, job))
  if (wait === undefined || !(await hasEnded(ctx, jobId, wait))) return { jobId }
  const reader = { ...ctx, caller: lendScope(caller, 'jobs:read') }
  return { jobId, ended: await getJob(reader, jobId, wait.writer) }
}

/** False when the time is over, whoever waits has left or the server stops. */
async function hasEnded(
  { db, jobs, executionEnds }: Pick<DeploymentContext, 'db' | 'jobs' | 'executionEnds'>,
  jobId: string,
  { seconds, signal }: RunWait,
): Promise<boolean> {
  return waitUntil({
    async look() {
      const status = await db.read((tx) => statusOfJob(tx, jobId))
      return status === 'completed' || status === 'failed' || status === 'terminated'
    },
    watch: (tell) => jobs.watchEnd(jobId, tell),
    seconds,
    signals: [signal, executionEnds.stopping],
  })
}
