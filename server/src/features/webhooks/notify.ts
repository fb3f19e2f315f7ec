import type { WriteTx } from '../../platform/db/database.ts'
import type { JsonObject } from '../../platform/json.ts'
import { JsonText } from '../../platform/json-text.ts'
import type { Uses } from '../identity/index.ts'
import { attemptsOf, type WebhookDelivery, type WebhookEvent } from './delivery.ts'
import { insertDeliveries } from './delivery-store.ts'
import { urlsOfDestinations } from './destination-store.ts'
import type { WebhookPowers } from './powers.ts'
import { deliveryType } from './webhook-job-type.ts'
import { bareUrl } from './webhook-url.ts'

/** What is to be told, and to whom. */
export interface Notice {
  readonly destinationIds: readonly string[]
  readonly event: Exclude<WebhookEvent, 'webhook.test'>
  /** What is sent, `event` among its members. Source: hypersigil §8.2. */
  readonly body: JsonObject | JsonText
  readonly executionId: string | null
  /** `identityOf` of who caused it. */
  readonly createdBy: string | null
}

type NotifyContext = Uses<'clock' | 'ids'> & Pick<WebhookPowers, 'jobs'>

/**
 * Has destinations told, each by a job of its own that is made in the caller's transaction. One that
 * is unknown or not active has a delivery too, which ends as failed and says so.
 */
export async function notifyIn(tx: WriteTx, ctx: NotifyContext, notice: Notice): Promise<void> {
  const destinationIds = [...new Set(notice.destinationIds)]
  if (destinationIds.length === 0) return
  const { event, body, executionId, createdBy } = notice
  const maxAttempts = attemptsOf[event]
  const urls = await urlsOfDestinations(tx, destinationIds)
  const bodyJson = body instanceof JsonText ? body.text : JSON.stringify(body)
  const deliveries = destinationIds.map((destinationId) => {
    const url = urls.get(destinationId) ?? ''
    return newDelivery(ctx, { destinationId, url, event, bodyJson, executionId })
  })
  await insertDeliveries(tx, deliveries)
  await ctx.jobs.enqueueAll(
    tx,
    deliveries.map(({ id, jobId }) => {
      return { type: deliveryType, id: jobId, data: { deliveryId: id }, maxAttempts, createdBy }
    }),
  )
}

type Said = Pick<WebhookDelivery, 'destinationId' | 'url' | 'event' | 'bodyJson' | 'executionId'>

/** One that waits for its first attempt. */
export function newDelivery(
  { clock, ids }: Uses<'clock' | 'ids'>,
  said: Said & { readonly jobId?: string },
): WebhookDelivery {
  const at = clock.nowSeconds()
  return {
    ...said,
    id: ids.uuid(),
    jobId: said.jobId ?? ids.uuid(),
    url: bareUrl(said.url),
    status: 'pending',
    attempts: 0,
    lastStatus: null,
    lastError: null,
    createdAt: at,
    updatedAt: at,
  }
}
