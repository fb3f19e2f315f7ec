import type { WireDelivery, WireDeliveryDetail } from '@pharos/contract/hypersigil/webhooks.ts'
import type { DeliverySummary, WebhookDelivery } from '../../features/webhooks/index.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import { toTime } from '../../platform/iso-time.ts'

export function toWireDelivery(delivery: DeliverySummary): WireDelivery {
  const { id, jobId, url, event, status, attempts } = delivery
  return {
    id,
    jobId,
    ...withoutUndefined({
      destinationId: delivery.destinationId ?? undefined,
      executionId: delivery.executionId ?? undefined,
      lastStatus: delivery.lastStatus ?? undefined,
      lastError: delivery.lastError ?? undefined,
    }),
    url,
    event,
    status,
    attempts,
    created_at: toTime(delivery.createdAt),
    updated_at: toTime(delivery.updatedAt),
  }
}

export function toWireDeliveryDetail(delivery: WebhookDelivery): WireDeliveryDetail {
  const body: unknown = JSON.parse(delivery.bodyJson)
  return { ...toWireDelivery(delivery), body }
}
