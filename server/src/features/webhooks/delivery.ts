import type { WebhookDeliveriesTable } from '../../platform/db/deployment-tables.ts'
import { DomainError } from '../../platform/domain-error.ts'

export const deliveryStatuses = ['pending', 'delivered', 'failed'] as const
export type DeliveryStatus = (typeof deliveryStatuses)[number]

/** How often each kind of notice is sent at most. Source: hypersigil §6, §8.2. */
export const attemptsOf = {
  'webhook.deployment.execution': 8,
  'webhook.deployment.embedding': 3,
  'webhook.test': 1,
} as const
export type WebhookEvent = keyof typeof attemptsOf
export const webhookEvents = [
  'webhook.deployment.execution',
  'webhook.deployment.embedding',
  'webhook.test',
] as const satisfies readonly WebhookEvent[]

/** One notice to one receiver, over all its attempts. Times are Unix seconds. */
export interface WebhookDelivery {
  readonly id: string
  /** The id that the receiver is shown; the same at each attempt. */
  readonly jobId: string
  /** Null for a test of an address that is nobody's. */
  readonly destinationId: string | null
  /** Where it went last, or is to go, without user and password. */
  readonly url: string
  readonly event: WebhookEvent
  /** JSON as it is sent. */
  readonly bodyJson: string
  readonly status: DeliveryStatus
  readonly attempts: number
  /** HTTP status of the last attempt that was answered. */
  readonly lastStatus: number | null
  /** A kind of failure, a colon, and words: `timeout: no answer in 5 seconds`. */
  readonly lastError: string | null
  readonly executionId: string | null
  readonly createdAt: number
  readonly updatedAt: number
}

/** Without what is sent, which may be large. */
export type DeliverySummary = Omit<WebhookDelivery, 'bodyJson'>

export function toDelivery(row: WebhookDeliveriesTable): WebhookDelivery {
  return { ...toDeliverySummary(row), bodyJson: row.body }
}

export function toDeliverySummary(row: Omit<WebhookDeliveriesTable, 'body'>): DeliverySummary {
  return {
    id: row.id,
    jobId: row.job_id,
    destinationId: row.destination_id,
    url: row.url,
    event: webhookEvents.find((event) => event === row.event) ?? 'webhook.test',
    status: deliveryStatuses.find((status) => status === row.status) ?? 'failed',
    attempts: row.attempts,
    lastStatus: row.last_status,
    lastError: row.last_error,
    executionId: row.execution_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export function deliveryNotFound(id: string): DomainError {
  return new DomainError('not-found', `There is no webhook delivery ${id}`)
}
