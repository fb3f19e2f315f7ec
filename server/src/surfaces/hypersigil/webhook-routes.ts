import { hypersigilRoutes } from '@pharos/contract/hypersigil/routes.ts'
import type { Uses } from '../../features/identity/index.ts'
import {
  getDelivery,
  listDeliveries,
  replayDelivery,
  type WebhookPowers,
} from '../../features/webhooks/index.ts'
import { serve } from './door.ts'
import { askedPage, created, found, toPage } from './envelopes.ts'
import { toWireDelivery, toWireDeliveryDetail } from './wire-webhooks.ts'

export interface WebhookRoutePowers
  extends Uses<'db' | 'clock' | 'ids'>, Pick<WebhookPowers, 'jobs'> {}

/** What was sent to webhooks; the destinations are settings. Source: rulings §5. */
export function webhookRoutes(powers: WebhookRoutePowers) {
  return [
    serve(hypersigilRoutes.listWebhookDeliveries, async ({ query, caller }) => {
      const { page, limit, destinationId, executionId, ...others } = query
      const filter = {
        ...others,
        destinationId: destinationId?.toLowerCase(),
        executionId: executionId?.toLowerCase(),
      }
      const asked = askedPage({ page, limit })
      const { deliveries, total } = await listDeliveries(
        { ...powers, caller },
        { ...filter, limit: asked.limit, offset: asked.offset },
      )
      return found(toPage(deliveries.map(toWireDelivery), { ...asked, total }))
    }),
    serve(hypersigilRoutes.getWebhookDelivery, async ({ params, caller }) =>
      found(
        toWireDeliveryDetail(await getDelivery({ ...powers, caller }, params.id.toLowerCase())),
      ),
    ),
    serve(hypersigilRoutes.replayWebhookDelivery, async ({ params, caller }) =>
      created(
        toWireDeliveryDetail(await replayDelivery({ ...powers, caller }, params.id.toLowerCase())),
      ),
    ),
  ]
}
