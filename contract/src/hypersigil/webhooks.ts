/** What was sent to webhooks. Source: hypersigil contract §8.2, rulings §5. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import {
  dataOf,
  inputRefusals,
  pageFields,
  pageOf,
  Refusal,
  refusals,
  Time,
  Uuid,
} from './route-kit.ts'

const DeliveryStatus = z.enum(['pending', 'delivered', 'failed'])
const DeliveryEvent = z.enum([
  'webhook.deployment.execution',
  'webhook.deployment.embedding',
  'webhook.test',
])

const WebhookDelivery = z
  .object({
    id: z.string(),
    jobId: z.string().meta({
      description: 'What receivers see as `X-Hypersigil-Webhook-Id`; the same at each attempt',
    }),
    destinationId: z.string().optional(),
    executionId: z.string().optional(),
    url: z.string(),
    event: DeliveryEvent,
    status: DeliveryStatus,
    attempts: z.int(),
    lastStatus: z.int().optional().meta({ description: 'HTTP status of the last attempt' }),
    lastError: z.string().optional().meta({
      description:
        'Kind (`dns`, `connection`, `network`, `timeout`, `ssl`, `http`, `unknown`), a colon, and words; or why nothing was sent',
    }),
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'WebhookDelivery' })
export type WireDelivery = z.infer<typeof WebhookDelivery>

const WebhookDeliveryDetail = WebhookDelivery.extend({
  body: z.unknown().meta({ description: 'What is sent' }),
}).meta({ id: 'WebhookDeliveryDetail' })
export type WireDeliveryDetail = z.infer<typeof WebhookDeliveryDetail>

const path = '/api/v1/webhook-deliveries'
const ById = z.object({ id: Uuid })

export const webhookRoutes = {
  listWebhookDeliveries: defineRoute({
    method: 'GET',
    path,
    summary: 'List what was sent to webhooks, the newest first',
    ref: 'rulings §5',
    access: 'webhooks:manage',
    query: z.strictObject({
      ...pageFields,
      status: DeliveryStatus.optional(),
      destinationId: z.string().optional(),
      executionId: z.string().optional(),
      event: DeliveryEvent.optional(),
    }),
    reply: { 200: pageOf(WebhookDelivery), ...inputRefusals },
  }),
  getWebhookDelivery: defineRoute({
    method: 'GET',
    path: `${path}/{id}`,
    summary: 'Read what was sent to a webhook, with its body',
    ref: 'rulings §5',
    access: 'webhooks:manage',
    params: ById,
    reply: { 200: dataOf(WebhookDeliveryDetail), ...refusals, 404: Refusal },
  }),
  replayWebhookDelivery: defineRoute({
    method: 'POST',
    path: `${path}/{id}/replay`,
    summary: 'Send the same again, as a delivery of its own',
    ref: 'rulings §5',
    access: 'webhooks:manage',
    params: ById,
    reply: { 201: dataOf(WebhookDeliveryDetail), ...inputRefusals, 404: Refusal },
  }),
} as const
