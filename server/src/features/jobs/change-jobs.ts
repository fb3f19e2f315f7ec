import type { WriteTx } from '../../platform/db/database.ts'
import type { Job } from '../../platform/jobs/job.ts'
import { allow, auditEntry, identityOf, insertAudit } from '../identity/index.ts'
import type { JobContext } from './powers.ts'

/**
 * Ends a job that waits at once; one that runs is asked to stop and ends soon. Needs `jobs:manage`.
 * Throws DomainError `not-found`, `precondition` for one that has ended.
 */
export function cancelJob(ctx: JobContext, id: string): Promise<Job> {
  return change(ctx, (tx) => ctx.jobs.cancelIn(tx, id))
}

/**
 * Lets a job that failed or was terminated run again. Needs `jobs:manage`. Throws DomainError
 * `not-found`, `precondition` for one that did not.
 */
export function retryJob(ctx: JobContext, id: string): Promise<Job> {
  return change(ctx, (tx) => ctx.jobs.retryIn(tx, id))
}

async function change(ctx: JobContext, how: (tx: WriteTx) => Promise<Job>): Promise<Job> {
  allow(ctx.caller, 'jobs:manage')
  return ctx.db.write(async (tx) => {
    const job = await how(tx)
    const { id, type, status, isCancelled } = job
    const changes = { type, status, isCancelled }
    await insertAudit(tx, [auditEntry(ctx, { kind: 'job', id }, 'update', changes)])
    return job
  })
}

/**
 * Makes one job that is tried once. Needs `jobs:manage`. Throws DomainError `invalid` for a type or
 * data that will not do. Gives its id.
 */
export async function triggerJob(
  ctx: JobContext,
  { type, data }: { readonly type: string; readonly data: unknown },
): Promise<string> {
  allow(ctx.caller, 'jobs:manage')
  const createdBy = identityOf(ctx.caller)
  return ctx.db.write((tx) => ctx.jobs.enqueue(tx, { type, data, maxAttempts: 1, createdBy }))
}
