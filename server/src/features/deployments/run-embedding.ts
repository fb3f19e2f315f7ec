import { DomainError } from '../../platform/domain-error.ts'
import { JsonText } from '../../platform/json-text.ts'
import { jobEnded } from '../../platform/jobs/job-events.ts'
import { JobRetry } from '../../platform/jobs/job-outcomes.ts'
import type { RunningJob } from '../../platform/jobs/job-type.ts'
import { isWorthRetrying } from '../../platform/upstream/retry-plan.ts'
import {
  askedWaitMs,
  embed,
  failureToError,
  ownEmbeddingAsk,
  spliceVectors,
  type EmbeddedAnswer,
  type EmbeddingAsk,
  type FailedAnswer,
} from '../completion/index.ts'
import { callerOfKey, jobCaller, type Caller } from '../identity/index.ts'
import { notifyIn } from '../webhooks/index.ts'
import { embedderOf } from './embedding-deployment.ts'
import type { EmbeddingJob } from './embedding-job-data.ts'
import type { EmbeddingPowers } from './powers.ts'

type EmbeddingRun = RunningJob<EmbeddingJob>

/** Asks for the vectors and ends the job with them, or throws what decides how it goes on. */
export async function runEmbedding(powers: EmbeddingPowers, job: EmbeddingRun): Promise<void> {
  const caller = await askerOf(powers, job)
  const answer = await embed({ ...powers, caller }, askOf(job), job.signal)
  if (answer.status === 'failed') {
    throw job.signal.aborted ? job.signal.reason : toJobError(answer, powers.clock.nowSeconds())
  }
  const { webhookDestinationIds: destinationIds } = job.data
  const result = await resultOf(answer)
  const event = 'webhook.deployment.embedding'
  const body = destinationIds.length > 0 ? await told(answer, { event, jobId: job.id }) : result
  await powers.db.write(async (tx) => {
    await job.completeIn(tx, result)
    tx.publish(jobEnded(job.id))
    const notice = { destinationIds, event, body, executionId: null } as const
    await notifyIn(tx, powers, { ...notice, createdBy: job.createdBy })
  })
}

/** Whoever asked, with what they may do now. */
async function askerOf(powers: EmbeddingPowers, { type, data }: EmbeddingRun): Promise<Caller> {
  if (data.keyId === null) return jobCaller(type, ['embeddings:run'])
  const caller = await callerOfKey(powers, data.keyId)
  if (caller !== undefined) return caller
  throw new DomainError('forbidden', 'The API key that asked for it opens nothing any more')
}

function askOf({ id, data }: EmbeddingRun): EmbeddingAsk {
  const { inputs, inputType, deploymentId, deploymentName } = data
  return ownEmbeddingAsk({
    ...embedderOf(data.model),
    texts: typeof inputs === 'string' ? [inputs] : inputs,
    ...(inputType !== null && { inputType }),
    attributes: { 'deployment.id': deploymentId, 'deployment.name': deploymentName },
    idempotencyKey: id,
    requestId: id,
  })
}

/** 429, 5xx, time-outs and what cannot be reached may pass. Source: hypersigil contract §8.3. */
function toJobError({ outcome }: FailedAnswer, now: number): JobRetry | DomainError {
  const { failure, message } = outcome
  const error = failureToError(outcome)
  if (failure.kind !== 'status') return error
  if (!isWorthRetrying({ status: failure.status, headers: {} })) {
    return new DomainError('upstream', message)
  }
  return new JobRetry(message, { afterMs: askedWaitMs(failure, now) ?? 0 })
}

/** The vectors stand in it as the provider wrote them. */
async function resultOf({ outcome, providerModel }: EmbeddedAnswer): Promise<JsonText> {
  const { lists, embeddings, usage, model } = outcome.reply
  const { inputTokens } = usage
  return spliced(lists, {
    embeddings: embeddings.map((place) => [place]),
    model: model ?? providerModel,
    usage: inputTokens === null ? {} : { inputTokens },
  })
}

/** Source: hypersigil contract §8.2. */
async function told(
  { outcome }: EmbeddedAnswer,
  { event, jobId }: { readonly event: string; readonly jobId: string },
): Promise<JsonText> {
  const { lists, embeddings } = outcome.reply
  const vectors = embeddings.map((place) => [place])
  return spliced(lists, { event, status: 'success', jobId, embeddings: vectors })
}

async function spliced(
  lists: EmbeddedAnswer['outcome']['reply']['lists'],
  value: Readonly<Record<string, unknown>>,
): Promise<JsonText> {
  return new JsonText(Buffer.concat(await spliceVectors(value, lists)).toString())
}
