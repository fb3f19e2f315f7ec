import { randomUUID } from 'node:crypto'
import type { Database } from '../../../src/platform/db/database.ts'
import { waitingFrom } from '../../../src/platform/jobs/job-types.ts'

const madeAt = 1_700_000_000

/**
 * A job of a type that nobody runs, so that it stays as it is: `pending`, `running` (elsewhere, for
 * long), `failed` with two lines of log, or another status. Gives its id.
 */
export async function plantJob(db: Database, status: string): Promise<string> {
  const id = randomUUID()
  const [isWaiting, isRunning] = [status === 'pending', status === 'running']
  const waiting = isWaiting ? waitingFrom(madeAt, 1) : { due_at: null, turn_at: null }
  await db.write(async (tx) => {
    const [seq = 0] = await tx.allocate('jobs', 1)
    await tx.insertMany('jobs', [
      {
        ...waiting,
        id,
        seq,
        status,
        type: 'sample',
        data: '{"of":"nobody"}',
        lane: 'sample',
        priority: 1,
        result: null,
        error: status === 'failed' ? 'It did not work' : null,
        termination_reason: null,
        attempts: 0,
        max_attempts: 3,
        scheduled_at: madeAt,
        next_retry_at: null,
        started_at: isWaiting ? null : madeAt + 1,
        completed_at: isWaiting || isRunning ? null : madeAt + 2,
        retry_delay_ms: 5000,
        retry_backoff_multiplier: 1.5,
        max_retry_delay_ms: 300_000,
        lease_owner: isRunning ? 'elsewhere' : null,
        lease_until: isRunning ? madeAt * 2 : null,
        progress: isRunning ? 0.5 : null,
        is_cancelled: 0,
        schedule_id: null,
        created_by: null,
        created_at: madeAt,
        updated_at: madeAt + 2,
      },
    ])
    if (status !== 'failed') return
    const seqs = await tx.allocate('job_logs', 2)
    await tx.insertMany(
      'job_logs',
      ['info', 'error'].map((level, index) => ({
        seq: seqs[index] ?? 0,
        job_id: id,
        at: madeAt + 1,
        level,
        message: `line ${index}`,
      })),
    )
  })
  return id
}
