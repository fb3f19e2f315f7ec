import { DomainError } from '../../platform/domain-error.ts'
import { mayUse } from '../identity/index.ts'
import type { Activation, ActivationRun, RunPreview } from './activation-run.ts'
import { askService, badAnswer, hfUrlOf } from './ask-service.ts'
import { asking } from './faults.ts'
import { planRun, type RunPlan, type RunRequest } from './plan-run.ts'
import type { ActivationContext } from './powers.ts'
import { allowExplorer, ownerOf, reachOf } from './reach.ts'
import { readRun, type ReadRun } from './read-answer.ts'
import { saveRuns } from './save-runs.ts'
import { isTaken } from './store.ts'

export interface FinishedRun {
  readonly run: ActivationRun
  readonly outputText: string
  readonly outputTokenIds: readonly number[]
  /** The first of its activations. */
  readonly previewRows: readonly Activation[]
}

/**
 * Has the service generate text and tell which features fired, and stores both as one. A run that
 * fails at the service is stored as an error and what an earlier one of its id left goes away; one
 * whose client left, and one whose answer cannot be read, are not stored.
 *
 * Throws `invalid` for bounds, `forbidden` for a path without an administrator's powers,
 * `conflict` for an id of somebody else's run, `unavailable` without a service, `upstream`.
 * Source: thunder contract §7.1, §10.4-9, 10, 14, 15, 34.
 */
export async function runActivations(
  ctx: ActivationContext,
  request: RunRequest,
  signal: AbortSignal,
): Promise<FinishedRun> {
  allowExplorer(ctx)
  const plan = planRun(request, () => `ax-${ctx.ids.uuid().replaceAll('-', '')}`)
  allowPath(ctx, request)
  hfUrlOf(ctx)
  await refuseTaken(ctx, plan)
  const startedMs = ctx.clock.elapsedMs()
  const createdAt = Math.round(ctx.clock.nowSeconds() * 1e6) / 1e6
  const answer = await askService(ctx, { path: '/hf/generate', body: plan.question, signal })
  if (answer.kind === 'failed') {
    if (answer.isRunFailure) await saveFailure(ctx, failedRun(plan, createdAt, answer.error))
    throw answer.error
  }
  const { bytes } = answer
  const read = await ctx.workroom.run(readRun, bytes, [bytes.buffer])
  if (!read) throw badAnswer('The answer of the HF inference service is not JSON')
  const durationMs = Math.max(0, Math.round(ctx.clock.elapsedMs() - startedMs))
  const run = finishedRun(plan, read, { createdAt, durationMs })
  const preview = {
    prompt: plan.prompt,
    outputText: read.outputText,
    outputTokenIds: read.outputTokenIds,
    saeTopK: plan.saeTopK,
    timeline: read.timeline,
  }
  const isSaved = await asking(ctx, 'INDEX_WRITE_FAILED', () => save(ctx, run, preview))
  if (!isSaved) throw taken()
  const { outputText, outputTokenIds, previewRows } = read
  return { run, outputText, outputTokenIds, previewRows }
}

/** The service opens whatever path it is given. */
function allowPath({ caller }: ActivationContext, { saeLocalPath }: RunRequest): void {
  if (saeLocalPath === null || mayUse(caller, 'keys:manage')) return
  throw new DomainError('forbidden', 'Only an administrator may name a path of the service')
}

/** Before anything is spent; the same is decided once more when it is stored. */
async function refuseTaken(ctx: ActivationContext, { requestId }: RunPlan): Promise<void> {
  const question = () => ctx.db.read((tx) => isTaken(tx, requestId, reachOf(ctx.caller)))
  if (await asking(ctx, 'INDEX_READ_FAILED', question)) throw taken()
}

function taken(): DomainError {
  return new DomainError('conflict', 'This request_id belongs to a run of another key')
}

function save(
  { db, caller }: ActivationContext,
  run: ActivationRun,
  preview: RunPreview | null,
): Promise<boolean> {
  const input = { run, ownerKey: ownerOf(caller), reach: reachOf(caller), preview }
  if (!preview) return db.enqueue(saveRuns, input, 0)
  const { buffer, byteLength } = preview.timeline
  return db.enqueue(saveRuns, input, byteLength, buffer instanceof ArrayBuffer ? [buffer] : [])
}

/** What the client must learn is why the run failed, not that this could not be noted. */
async function saveFailure(ctx: ActivationContext, run: ActivationRun): Promise<void> {
  try {
    await save(ctx, run, null)
  } catch (error) {
    ctx.log.warn({ err: error }, 'a failed activation run could not be stored')
  }
}

function failedRun(plan: RunPlan, createdAt: number, { message }: DomainError): ActivationRun {
  return {
    ...plannedPart(plan),
    createdAt,
    hfModelId: null,
    outputTokens: 0,
    rowsCount: 0,
    featuresCount: 0,
    durationMs: 0,
    status: 'error',
    errorMessage: message,
    topFeatures: null,
  }
}

function finishedRun(
  plan: RunPlan,
  { hfModelId, outputTokens, rowsCount, featuresCount, topFeatures }: ReadRun,
  times: Pick<ActivationRun, 'createdAt' | 'durationMs'>,
): ActivationRun {
  return {
    ...plannedPart(plan),
    ...times,
    hfModelId,
    outputTokens,
    rowsCount,
    featuresCount,
    status: 'ok',
    errorMessage: null,
    topFeatures,
  }
}

function plannedPart({ requestId, modelId, promptChars, saeEnabled, saeId, saeLayer }: RunPlan) {
  return { requestId, modelId, promptChars, saeEnabled, saeId, saeLayer }
}
