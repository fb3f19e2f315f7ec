import type { Tx } from '../../platform/db/database.ts'
import { executionStatuses, type ExecutionStatus } from './execution.ts'

export interface ExecutionCounts {
  readonly total: number
  readonly byStatus: Readonly<Record<ExecutionStatus, number>>
  readonly byProvider: Readonly<Record<string, number>>
}

/** Of all executions. */
export async function countAll(tx: Tx): Promise<ExecutionCounts> {
  const rows = await tx.db
    .selectFrom('executions')
    .select(['status', 'provider'])
    .select(({ fn }) => fn.countAll().as('count'))
    .groupBy(['status', 'provider'])
    .execute()
  const counts = rows.map(({ count, ...row }) => ({ ...row, count: Number(count) }))
  const sumOf = (some: typeof counts): number => some.reduce((sum, { count }) => sum + count, 0)
  const byStatus = Object.fromEntries(
    executionStatuses.map((status) => [
      status,
      sumOf(counts.filter((row) => row.status === status)),
    ]),
  )
  const byProvider = [...Map.groupBy(counts, ({ provider }) => provider)]
    .map(([provider, some]) => [provider, sumOf(some)] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
  return {
    total: sumOf(counts),
    byStatus: { pending: 0, running: 0, completed: 0, failed: 0, ...byStatus },
    byProvider: Object.fromEntries(byProvider),
  }
}
