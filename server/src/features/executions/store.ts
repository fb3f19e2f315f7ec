import type { Selectable } from 'kysely'
import { anyOf } from '../../platform/db/any-of.ts'
import type { Tx } from '../../platform/db/database.ts'
import type { ExecutionBundlesTable } from '../../platform/db/deployment-tables.ts'
import type { ExecutionsTable } from '../../platform/db/prompt-tables.ts'
import { toExecution, type Execution } from './execution.ts'

type ExecutionRow = Selectable<ExecutionsTable>

/** A row as it is made, without its number. */
export type NewRow = Omit<ExecutionsTable, 'seq'>

const rowsAtOnce = 1000

export async function insertExecutions(tx: Tx, rows: readonly NewRow[]): Promise<void> {
  const numbers = await tx.allocate('executions', rows.length)
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    const some = rows.slice(start, start + rowsAtOnce)
    await tx.insertMany(
      'executions',
      some.map((row, index) => ({ ...row, seq: numbers[start + index] ?? 0 })),
    )
  }
}

export async function insertBundle(tx: Tx, bundle: ExecutionBundlesTable): Promise<void> {
  await tx.insertMany('execution_bundles', [bundle])
}

export async function findExecution(tx: Tx, id: string): Promise<Execution | undefined> {
  const row = await tx.db
    .selectFrom('executions')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
  return row && toExecution(row)
}

/** Undefined where there is none. */
export async function statusOf(tx: Tx, id: string): Promise<ExecutionRow['status'] | undefined> {
  const row = await tx.db
    .selectFrom('executions')
    .select('status')
    .where('id', '=', id)
    .executeTakeFirst()
  return row?.status
}

/** Nobody else changes it before the transaction ends. */
export async function lockExecution(tx: Tx, id: string): Promise<Execution | undefined> {
  const row = await tx.db
    .selectFrom('executions')
    .selectAll()
    .where('id', '=', id)
    .$if(tx.dialect === 'postgres', (query) => query.forUpdate())
    .executeTakeFirst()
  return row && toExecution(row)
}

export async function saveExecution(
  tx: Tx,
  id: string,
  changes: Partial<Omit<ExecutionsTable, 'id' | 'seq'>>,
): Promise<void> {
  await tx.db.updateTable('executions').set(changes).where('id', '=', id).execute()
}

/** The executions as they are; nobody else changes them before the transaction ends. */
export async function lockExecutions(
  tx: Tx,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ExecutionRow>> {
  const rows = await tx.db
    .selectFrom('executions')
    .selectAll()
    .where(anyOf(tx.dialect, 'id', ids))
    .$if(tx.dialect === 'postgres', (query) => query.orderBy('id').forUpdate())
    .execute()
  return new Map(rows.map((row) => [row.id, row]))
}

/**
 * Those of the executions that have not ended, as they are. Their state is looked at here: a
 * condition on it would lead the database over all that wait.
 */
export async function openExecutions(
  tx: Tx,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ExecutionRow>> {
  const rows = await lockExecutions(tx, ids)
  return new Map([...rows].filter(([, row]) => isOpen(row)))
}

/** Which of the executions have not ended. */
export async function openExecutionIds(
  tx: Tx,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await tx.db
    .selectFrom('executions')
    .select(['id', 'status'])
    .where(anyOf(tx.dialect, 'id', ids))
    .$if(tx.dialect === 'postgres', (query) => query.orderBy('id').forUpdate())
    .execute()
  return new Set(rows.filter(isOpen).map(({ id }) => id))
}

export function isOpen({ status }: Pick<ExecutionRow, 'status'>): boolean {
  return status === 'pending' || status === 'running'
}

export async function markRunning(tx: Tx, ids: readonly string[], at: number): Promise<void> {
  await tx.db
    .updateTable('executions')
    .set({ status: 'running', started_at: at, updated_at: at })
    .where(anyOf(tx.dialect, 'id', ids))
    .execute()
}
