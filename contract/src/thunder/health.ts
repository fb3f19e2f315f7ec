/** Liveness under Thunder's second name. Source: thunder contract §1.4. */
import { HealthReply } from '../beacon/health.ts'
import { defineRoute } from '../route.ts'

export const healthz = defineRoute({
  method: 'GET',
  path: '/healthz',
  summary: 'Tell whether the server and its database work',
  ref: 'thunder §1.3 GET /healthz',
  access: 'public',
  reply: { 200: HealthReply, 503: HealthReply },
})
