import { allow, type Uses } from '../identity/index.ts'
import { deliveryNotFound, type DeliverySummary, type WebhookDelivery } from './delivery.ts'
import { findDelivery, pageOfDeliveries, type DeliveryFilter } from './delivery-store.ts'

export interface DeliveryQuery extends DeliveryFilter {
  readonly limit: number
  readonly offset: number
}

/** A page of what was or is to be sent, the newest first. Needs `webhooks:manage`. */
export async function listDeliveries(
  ctx: Uses<'db' | 'caller'>,
  query: DeliveryQuery,
): Promise<{ readonly deliveries: readonly DeliverySummary[]; readonly total: number }> {
  allow(ctx.caller, 'webhooks:manage')
  return ctx.db.read((tx) => pageOfDeliveries(tx, query))
}

/** Needs `webhooks:manage`. Throws DomainError `not-found`. */
export async function getDelivery(
  ctx: Uses<'db' | 'caller'>,
  id: string,
): Promise<WebhookDelivery> {
  allow(ctx.caller, 'webhooks:manage')
  const delivery = await ctx.db.read((tx) => findDelivery(tx, 'id', id))
  if (!delivery) throw deliveryNotFound(id)
  return delivery
}
