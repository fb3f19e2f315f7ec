import { allow, auditEntry, identityOf, insertAudit, type Uses } from '../identity/index.ts'
import { attemptsOf, deliveryNotFound, type WebhookDelivery } from './delivery.ts'
import { findDelivery, insertDeliveries } from './delivery-store.ts'
import { newDelivery } from './notify.ts'
import type { WebhookPowers } from './powers.ts'
import { deliveryType } from './webhook-job-type.ts'

/**
 * Sends the same again to where its destination is now, as a delivery of its own: its receiver sees
 * another id. Needs `webhooks:manage`.
 * @throws DomainError `not-found`.
 */
export async function replayDelivery(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'> & Pick<WebhookPowers, 'jobs'>,
  id: string,
): Promise<WebhookDelivery> {
  allow(ctx.caller, 'webhooks:manage')
  return ctx.db.write(async (tx) => {
    const before = await findDelivery(tx, 'id', id)
    if (!before) throw deliveryNotFound(id)
    const { destinationId, url, event, bodyJson, executionId } = before
    const delivery = newDelivery(ctx, { destinationId, url, event, bodyJson, executionId })
    await insertDeliveries(tx, [delivery])
    await ctx.jobs.enqueue(tx, {
      type: deliveryType,
      id: delivery.jobId,
      data: { deliveryId: delivery.id },
      maxAttempts: attemptsOf[event],
      createdBy: identityOf(ctx.caller),
    })
    const target = { kind: 'webhook-delivery', id: delivery.id }
    await insertAudit(tx, [auditEntry(ctx, target, 'create', { replayOf: id })])
    return delivery
  })
}
