import type { WriteTx } from '../../platform/db/database.ts'
import { toStorableText } from '../../platform/db/storable-text.ts'
import type { Uses } from '../identity/index.ts'
import { notifyIn } from '../webhooks/index.ts'
import type { Execution } from './execution.ts'
import { executionsEnded } from './execution-ends.ts'
import type { ExecutionPowers } from './powers.ts'
import { lockExecution, saveExecution } from './store.ts'

type EndContext = Uses<'clock' | 'ids'> & Pick<ExecutionPowers, 'jobs'>

export const cancelledText = 'Execution cancelled by user'

/** Ends an execution as failed and tells its webhooks; one that has ended stays as it is. */
export async function failExecution(
  tx: WriteTx,
  ctx: EndContext,
  { id, message }: { readonly id: string; readonly message: string },
): Promise<void> {
  const execution = await lockExecution(tx, id)
  if (execution?.status !== 'pending' && execution?.status !== 'running') return
  const at = ctx.clock.nowSeconds()
  const ended = {
    status: 'failed',
    error_message: toStorableText(message),
    completed_at: at,
    updated_at: at,
  }
  await saveExecution(tx, id, ended)
  await notifyEnd(tx, ctx, { ...execution, status: 'failed' })
  tx.publish(executionsEnded([id]))
}

/** Tells the webhooks of an execution how it has ended. Source: hypersigil contract §8.2. */
export async function notifyEnd(
  tx: WriteTx,
  ctx: EndContext,
  { id, status, webhookIds, createdBy }: Execution,
): Promise<void> {
  if (webhookIds.length === 0) return
  const event = 'webhook.deployment.execution'
  await notifyIn(tx, ctx, {
    destinationIds: webhookIds,
    event,
    body: { event, executionId: id, status },
    executionId: id,
    createdBy,
  })
}
