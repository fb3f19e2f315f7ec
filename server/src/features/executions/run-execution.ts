import { DomainError } from '../../platform/domain-error.ts'
import {
  JobReschedule,
  type JobRetry,
  JobStopped,
  JobTermination,
} from '../../platform/jobs/job-outcomes.ts'
import type { RunningJob } from '../../platform/jobs/job-type.ts'
import { isRetryable } from '../../platform/jobs/plan-end.ts'
import { isJsonObject } from '../../platform/json.ts'
import { askModel, ownAsk, type CompletionContext, type WholeAnswer } from '../completion/index.ts'
import { resolveModel } from '../models/index.ts'
import type { FoundVersion } from '../prompts/index.ts'
import { toJobError } from './call-failure.ts'
import { completeExecution } from './complete-execution.ts'
import type { ExecutionJob } from './execution-job-data.ts'
import type { Execution } from './execution.ts'
import { attemptGroup, startGroup, type Started } from './execution-groups.ts'
import { toRequest, type Wanted } from './execution-request.ts'
import { makerOf } from './maker.ts'
import { modelNameOf } from './model-name.ts'
import type { RunPowers } from './powers.ts'
import { profileOf } from './provider-profile.ts'
import { wantedOf } from './wanted.ts'

const rowBytes = 500
/** Source: hypersigil contract §3.4. */
const patienceMs = 240_000

type ExecutionRun = RunningJob<ExecutionJob>
type CallContext = RunPowers & Pick<CompletionContext, 'caller'>

/**
 * Runs an execution to its end, or throws what decides how it goes on. It may have been begun
 * before by a process that died: the provider is asked again under the same `Idempotency-Key`.
 * Source: hypersigil contract §3.4.
 */
export async function runExecution(powers: RunPowers, job: ExecutionRun): Promise<void> {
  const { executionId } = job.data
  const at = powers.clock.nowSeconds()
  const started = await powers.db.enqueue(startGroup, { executionId, at }, rowBytes)
  if (started === null) throw new JobTermination('The execution had ended before it was begun')
  try {
    await runStarted(powers, job, started)
  } catch (error) {
    const reason = error instanceof CallFailed ? error.reason : error
    const place = error instanceof CallFailed ? error.place : null
    await noteAttempt(powers, job, { reason, place })
    throw job.signal.aborted ? job.signal.reason : reason
  }
}

/** A call that came to nothing: what follows of it, and where it was recorded. */
class CallFailed extends Error {
  readonly reason: JobRetry | DomainError
  readonly place: Pick<WholeAnswer, 'traceId' | 'spanId'>

  constructor(reason: JobRetry | DomainError, place: Pick<WholeAnswer, 'traceId' | 'spanId'>) {
    super(reason.message)
    this.reason = reason
    this.place = place
  }
}

async function runStarted(powers: RunPowers, job: ExecutionRun, started: Started): Promise<void> {
  const { execution } = started
  const version = versionOf(started)
  const ctx = { ...powers, caller: await makerOf(powers, job.data) }
  const wanted = await wantedOf(ctx, { execution, version }, job.signal)
  const answer = await askFor(ctx, job, { execution, version, wanted })
  await completeExecution(ctx, job, { execution, version, answer })
}

interface Question {
  readonly execution: Execution
  readonly version: FoundVersion | null
  readonly wanted: Wanted
}

async function askFor(
  ctx: CallContext,
  job: ExecutionRun,
  { execution, version, wanted }: Question,
): Promise<WholeAnswer> {
  const model = modelNameOf(execution.provider, execution.model)
  const { alias, targets } = await resolveModel(ctx, model).catch(toUnusable)
  const profile = profileOf({ isAlias: alias !== null, ...targets[0].connection })
  const question = ownAsk({
    model,
    request: toRequest(wanted, profile),
    attributes: attributesOf(job, execution, version),
    idempotencyKey: execution.id,
    requestId: execution.id,
    firstByteMs: patienceMs,
    maxAttempts: 1,
  })
  const now = ctx.clock.nowSeconds()
  const asking = askModel(ctx, question, job.signal)
  const answer = await asking.catch((error: unknown) => putOff(error, now))
  if (answer.status === 'whole') return answer
  // What was asked for whole never comes as a stream.
  if (answer.status === 'stream') throw new Error('A whole answer was asked for')
  const asked = targets.find(({ connection }) => connection.name === answer.provider)
  const label = asked?.connection.label ?? answer.provider
  throw new CallFailed(toJobError({ ...answer, label, now: ctx.clock.nowSeconds() }), answer)
}

/** Of a text that is sent instead of a prompt, nothing but the link to that counts. */
function versionOf({ execution, version }: Started): FoundVersion | null {
  const { promptId, promptVersion, promptText } = execution
  if (version === null && promptId !== null && promptText === null) {
    const what = `Prompt ${promptId} version ${promptVersion} is not there any more`
    throw new DomainError('not-found', what)
  }
  return version
}

/** A model that cannot be called will not be called a little later either. */
function toUnusable(error: unknown): never {
  if (!(error instanceof DomainError) || error.retryable) throw error
  throw new DomainError('invalid', `ProviderUnavailableError: ${error.message}`)
}

/** A key that has made its requests of the minute waits for the next, without an attempt counted. */
function putOff(error: unknown, now: number): never {
  const isLimit = error instanceof DomainError && error.code === 'limit'
  const { reason, headers } = isLimit && isJsonObject(error.details) ? error.details : {}
  if (reason !== 'rate_limit_exceeded') throw error
  const seconds = isJsonObject(headers) ? Number(headers['retry-after']) : Number.NaN
  throw new JobReschedule(now + (Number.isFinite(seconds) ? Math.max(seconds, 1) : 60))
}

/** What the span of the call says of the execution, so that each leads to the other. */
function attributesOf(
  { data, createdBy }: ExecutionRun,
  { id, promptId, deploymentId, deploymentRevision }: Execution,
  version: FoundVersion | null,
): Readonly<Record<string, unknown>> {
  return {
    'execution.id': id,
    ...(createdBy !== null && data.keyId === null && { 'gateway.caller': createdBy }),
    ...(promptId !== null && { 'prompt.id': promptId }),
    ...(version && { 'prompt.version': version.version, 'prompt.name': version.name }),
    ...(deploymentId !== null && { 'deployment.id': deploymentId }),
    ...(data.deploymentName !== null && { 'deployment.name': data.deploymentName }),
    ...(deploymentRevision !== null && { 'deployment.revision': deploymentRevision }),
  }
}

/**
 * Says where a call went that came to nothing. An execution that will be tried again waits, until
 * then, as one that was never begun.
 */
async function noteAttempt(
  powers: RunPowers,
  job: ExecutionRun,
  { reason, place }: { readonly reason: unknown; readonly place: CallFailed['place'] | null },
): Promise<void> {
  const stopped: unknown = job.signal.reason
  // Another process runs it by now.
  if (stopped instanceof JobStopped && stopped.stopCause === 'lost') return
  const waits = job.signal.aborted || isPassing(reason, job)
  if (!waits && place === null) return
  const { executionId } = job.data
  const note = {
    executionId,
    status: waits ? 'pending' : 'running',
    traceId: place?.traceId ?? null,
    spanId: place?.spanId ?? null,
    at: powers.clock.nowSeconds(),
  } as const
  await powers.db.enqueue(attemptGroup, note, rowBytes)
}

function isPassing(error: unknown, { isLastAttempt }: ExecutionRun): boolean {
  if (error instanceof JobReschedule) return true
  return isRetryable(error) && !isLastAttempt
}
