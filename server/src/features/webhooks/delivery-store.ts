import { anyOf } from '../../platform/db/any-of.ts'
import type { Tx } from '../../platform/db/database.ts'
import {
  toDelivery,
  toDeliverySummary,
  type DeliverySummary,
  type WebhookDelivery,
} from './delivery.ts'

export async function insertDeliveries(
  tx: Tx,
  deliveries: readonly WebhookDelivery[],
): Promise<void> {
  const rows = deliveries.map((delivery) => ({
    id: delivery.id,
    job_id: delivery.jobId,
    destination_id: delivery.destinationId,
    url: delivery.url,
    event: delivery.event,
    body: delivery.bodyJson,
    status: delivery.status,
    attempts: delivery.attempts,
    last_status: delivery.lastStatus,
    last_error: delivery.lastError,
    execution_id: delivery.executionId,
    created_at: delivery.createdAt,
    updated_at: delivery.updatedAt,
  }))
  await tx.insertMany('webhook_deliveries', rows)
}

export async function findDelivery(
  tx: Tx,
  column: 'id' | 'job_id',
  value: string,
): Promise<WebhookDelivery | undefined> {
  const row = await tx.db
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where(column, '=', value)
    .executeTakeFirst()
  return row && toDelivery(row)
}

const summaryColumns = [
  'id',
  'job_id',
  'destination_id',
  'url',
  'event',
  'status',
  'attempts',
  'last_status',
  'last_error',
  'execution_id',
  'created_at',
  'updated_at',
] as const

/** What is undefined does not matter. */
export interface DeliveryFilter {
  readonly status?: string | undefined
  readonly destinationId?: string | undefined
  readonly executionId?: string | undefined
  readonly event?: string | undefined
}

/** The newest first, and how many there are in all. */
export async function pageOfDeliveries(
  tx: Tx,
  query: DeliveryFilter & { readonly limit: number; readonly offset: number },
): Promise<{ readonly deliveries: readonly DeliverySummary[]; readonly total: number }> {
  const { count } = await matching(tx, query)
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await matching(tx, query)
    .select(summaryColumns)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(query.limit)
    .offset(query.offset)
    .execute()
  return { deliveries: rows.map(toDeliverySummary), total: Number(count) }
}

function matching(tx: Tx, { status, destinationId, executionId, event }: DeliveryFilter) {
  const wanted = [
    ['status', status],
    ['destination_id', destinationId],
    ['execution_id', executionId],
    ['event', event],
  ] as const
  return wanted.reduce(
    (query, [column, value]) => (value === undefined ? query : query.where(column, '=', value)),
    tx.db.selectFrom('webhook_deliveries'),
  )
}

/** How an attempt ended. */
export interface AttemptNote {
  readonly url: string
  readonly isDelivered: boolean
  readonly status: number | null
  readonly error: string | null
  readonly at: number
}

/** Counts an attempt, unless the delivery has ended meanwhile in another process. */
export async function noteAttempt(tx: Tx, id: string, note: AttemptNote): Promise<void> {
  await tx.db
    .updateTable('webhook_deliveries')
    .set(({ eb }) => ({
      url: note.url,
      status: note.isDelivered ? 'delivered' : 'pending',
      attempts: eb('attempts', '+', 1),
      last_status: note.status,
      last_error: note.error,
      updated_at: note.at,
    }))
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .execute()
}

/** `reason` says why where no attempt of its own did. */
export async function failDelivery(
  tx: Tx,
  jobId: string,
  { reason, at }: { readonly reason: string | null; readonly at: number },
): Promise<void> {
  await tx.db
    .updateTable('webhook_deliveries')
    .set({ status: 'failed', updated_at: at, ...(reason !== null && { last_error: reason }) })
    .where('job_id', '=', jobId)
    .where('status', '=', 'pending')
    .execute()
}

export async function reopenDelivery(tx: Tx, jobId: string, at: number): Promise<void> {
  await tx.db
    .updateTable('webhook_deliveries')
    .set({ status: 'pending', updated_at: at })
    .where('job_id', '=', jobId)
    .where('status', '=', 'failed')
    .execute()
}

/** Deletes some that ended before; gives how many. */
export async function deleteEndedDeliveries(
  tx: Tx,
  { before, limit }: { readonly before: number; readonly limit: number },
): Promise<number> {
  const old = await tx.db
    .selectFrom('webhook_deliveries')
    .select('id')
    .where('created_at', '<', before)
    .where('updated_at', '<', before)
    .where('status', '!=', 'pending')
    .orderBy('created_at')
    .limit(limit)
    .execute()
  const ids = old.map(({ id }) => id)
  if (ids.length === 0) return 0
  await tx.db
    .deleteFrom('webhook_deliveries')
    .where(anyOf(tx.dialect, 'id', ids))
    .execute()
  return ids.length
}
