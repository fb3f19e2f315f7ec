import type { WriteTx } from '../../../platform/db/database.ts'
import { DomainError } from '../../../platform/domain-error.ts'
import { deadAfterSeconds } from '../../../platform/process-life.ts'
import { countProcesses, lockProcesses } from './abandoned-store.ts'

/**
 * Makes sure that no server works on the data, and that none begins to before the transaction ends.
 * With SQLite whoever holds the folder's lock knows that already. Throws `conflict`.
 */
export async function refuseWhileServed(tx: WriteTx): Promise<void> {
  if (tx.dialect === 'sqlite') return
  await lockProcesses(tx)
  const count = await countProcesses(tx, deadAfterSeconds)
  if (count === 0) return
  const who = count === 1 ? 'a running server' : `${count} running servers`
  throw new DomainError(
    'conflict',
    `The database is in use by ${who}: stop it first; one that was killed counts for a minute more`,
  )
}
