export { createDestination, deleteDestination, updateDestination } from './change-destinations.ts'
export { dailyDeliveryCleanUp, deliveryCleanUpJobs } from './clean-up-deliveries.ts'
export type { DeliverySummary, WebhookDelivery } from './delivery.ts'
export type { WebhookDestination } from './destination.ts'
export { notifyIn } from './notify.ts'
export type { Notice } from './notify.ts'
export type { DestinationContext, WebhookPowers } from './powers.ts'
export { getDelivery, listDeliveries } from './read-deliveries.ts'
export {
  unknownDestinations,
  getDestination,
  getDestinationByIdentifier,
  listDestinations,
} from './read-destinations.ts'
export { replayDelivery } from './replay-delivery.ts'
export { webhookKeyOf } from './signature-key.ts'
export { webhookJobs } from './webhook-jobs.ts'
