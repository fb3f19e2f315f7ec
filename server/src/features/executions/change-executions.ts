import type { WriteTx } from '../../platform/db/database.ts'
import { toStorableText } from '../../platform/db/storable-text.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { allow, type Uses } from '../identity/index.ts'
import { executionNotFound } from './execution-not-found.ts'
import { cancelledText, failExecution } from './fail-execution.ts'
import type { ExecutionPowers } from './powers.ts'
import { findExecution, isOpen, lockExecution, saveExecution, statusOf } from './store.ts'

type CancelContext = Uses<'db' | 'clock' | 'ids' | 'caller'> & Pick<ExecutionPowers, 'jobs'>

/**
 * Ends an execution that waits or runs, as failed; a call that is under way is broken off. Needs
 * `executions:run`.
 * @throws DomainError `not-found`, `invalid` for one that has ended. Source: hypersigil contract §1.7.
 */
export async function cancelExecution(ctx: CancelContext, id: string): Promise<void> {
  allow(ctx.caller, 'executions:run')
  await ctx.db.write(async (tx) => {
    const known = await findExecution(tx, id)
    if (known === undefined) throw executionNotFound(id)
    // The job first: whoever ends it takes the two in this order.
    if (known.jobId !== null) await cancelJob(tx, ctx, known.jobId)
    const execution = await lockExecution(tx, id)
    const status = execution?.status ?? known.status
    if (!isOpen(known) || status === 'completed') {
      throw new DomainError(
        'invalid',
        `The execution is ${status} already: nothing can be cancelled`,
      )
    }
    await failExecution(tx, ctx, { id, message: cancelledText })
  })
}

/** One that has ended, or was cleaned up long ago, needs no end. */
async function cancelJob(tx: WriteTx, { jobs }: CancelContext, jobId: string): Promise<void> {
  try {
    await jobs.cancelIn(tx, jobId)
  } catch (error) {
    const isOver =
      error instanceof DomainError && ['not-found', 'precondition'].includes(error.code)
    if (!isOver) throw error
  }
}

export interface ExecutionChanges {
  readonly starred?: boolean
  readonly userStatus?: string
}

/** Saves what people think of an execution. Needs `executions:run`. @throws DomainError `not-found`. */
export async function changeExecution(
  ctx: Uses<'db' | 'clock' | 'caller'>,
  id: string,
  { starred, userStatus }: ExecutionChanges,
): Promise<void> {
  allow(ctx.caller, 'executions:run')
  await ctx.db.write(async (tx) => {
    if ((await statusOf(tx, id)) === undefined) throw executionNotFound(id)
    if (starred === undefined && userStatus === undefined) return
    await saveExecution(tx, id, {
      ...(starred !== undefined && { starred: Number(starred) }),
      ...(userStatus !== undefined && { user_status: toStorableText(userStatus) }),
      updated_at: ctx.clock.nowSeconds(),
    })
  })
}
