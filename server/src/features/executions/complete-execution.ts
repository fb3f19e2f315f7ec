import { toStorableText } from '../../platform/db/storable-text.ts'
import { JobStopped } from '../../platform/jobs/job-outcomes.ts'
import type { RunningJob } from '../../platform/jobs/job-type.ts'
import type { WholeAnswer } from '../completion/index.ts'
import type { FoundVersion } from '../prompts/index.ts'
import type { Execution } from './execution.ts'
import { executionsEnded } from './execution-ends.ts'
import { completedColumns, completeGroup, type CompletedColumns } from './execution-groups.ts'
import type { ExecutionJob } from './execution-job-data.ts'
import { notifyEnd } from './fail-execution.ts'
import { judgeResult } from './judge-result.ts'
import type { RunPowers } from './powers.ts'
import { lockExecution, saveExecution } from './store.ts'

const rowBytes = 500

type CompletingContext = Pick<RunPowers, 'db' | 'clock' | 'ids' | 'jobs' | 'guard'>

interface Told {
  readonly execution: Execution
  readonly version: FoundVersion | null
  readonly answer: WholeAnswer
}

/**
 * Judges the answer to an execution and keeps it, in the transaction that completes the job. Only
 * the version's own schema judges; a text that was sent instead of the prompt has none.
 * Source: hypersigil contract §3.4.
 */
export async function completeExecution(
  ctx: CompletingContext,
  job: RunningJob<ExecutionJob>,
  told: Told,
): Promise<void> {
  const { execution, version, answer } = told
  const { outcome } = answer
  const schema = execution.promptText === null ? (version?.schemaResponse ?? null) : null
  const said = { schema, answer: outcome.reply.text }
  const judged = await judgeResult(ctx, said, job.signal)
  const { usage } = outcome
  const end: CompletedColumns = {
    result: toStorableText(judged.result),
    result_valid: Number(judged.isValid),
    result_validation_message: judged.message && toStorableText(judged.message),
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cost_usd: costOf(answer),
    trace_id: answer.traceId,
    span_id: answer.spanId,
  }
  if (execution.webhookIds.length > 0) return completeAndTell(ctx, job, end)
  const executionId = execution.id
  const sizeBytes = end.result.length + rowBytes
  await job.completeThrough((completion) =>
    ctx.db.enqueue(completeGroup, { executionId, completion, end }, sizeBytes),
  )
}

/** The rows of webhooks are made here, so their executions end one by one. */
async function completeAndTell(
  ctx: CompletingContext,
  job: RunningJob<ExecutionJob>,
  end: CompletedColumns,
): Promise<void> {
  const { executionId: id } = job.data
  await ctx.db.write(async (tx) => {
    await job.completeIn(tx)
    const execution = await lockExecution(tx, id)
    // One that was cancelled a moment ago stays so, and its job ends as it has.
    if (execution?.status !== 'running' && execution?.status !== 'pending') {
      throw new JobStopped('cancelled')
    }
    await saveExecution(tx, id, completedColumns(end, ctx.clock.nowSeconds()))
    await notifyEnd(tx, ctx, { ...execution, status: 'completed' })
    tx.publish(executionsEnded([id]))
  })
}

/** In USD; an answer that was kept from before costs nothing. */
function costOf({ cache, outcome: { price } }: WholeAnswer): number | null {
  if (cache === 'hit') return 0
  return price.status === 'priced' ? price.costUsd : null
}
