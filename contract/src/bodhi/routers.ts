/** Names that lead to several models. Source: bodhi contract §1.16 and B.3. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { BodhiError, namedBodyRefusals, namedRefusals, nothing, unchanged } from './errors.ts'
import { access } from './model-fields.ts'
import { Time } from './scalars.ts'

const RouterTarget = z
  .object({
    alias: z.string().meta({ description: 'An alias, or a remote provider' }),
    model: z.string().meta({ description: 'The model of that provider; of an alias its name' }),
    enabled: z.boolean().nullish().meta({ description: 'Default true' }),
    weight: z.number().nullish(),
  })
  .meta({ id: 'RouterTarget' })
export type RouterTarget = z.infer<typeof RouterTarget>

const RouterStrategy = z
  .object({
    strategy: z.enum(['fallback', 'weighted']),
    cooldown_secs: z
      .int()
      .min(0)
      .max(86_400)
      .nullish()
      .meta({ description: 'How long a target that failed rests; default 30' }),
    max_attempts: z.int().min(0).max(16).nullish().meta({ description: '0 for every target' }),
    honor_retry_after: z
      .boolean()
      .nullish()
      .meta({ description: "The rest lasts as long as the provider's Retry-After says" }),
  })
  .meta({ id: 'RouterStrategy' })
export type RouterStrategy = z.infer<typeof RouterStrategy>

export const ModelRouter = z
  .object({
    source: z.literal('model_router'),
    id: z.string(),
    alias: z.string(),
    access,
    targets: z.array(RouterTarget),
    strategy: RouterStrategy,
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'ModelRouter' })
export type ModelRouter = z.infer<typeof ModelRouter>

export const ModelRouterRequest = z
  .object({
    alias: z.string(),
    targets: z.array(RouterTarget).nullish(),
    strategy: RouterStrategy.nullish(),
  })
  .meta({ id: 'ModelRouterRequest' })
export type ModelRouterRequest = z.infer<typeof ModelRouterRequest>

const ById = z.object({ id: z.string() })
const at = '/bodhi/v1/models/router'

export const routerRoutes = {
  createRouter: defineRoute({
    method: 'POST',
    path: at,
    summary: 'Name several models at once',
    ref: 'bodhi §1.16 POST /bodhi/v1/models/router',
    access: 'models:manage',
    body: ModelRouterRequest,
    reply: { 201: ModelRouter, ...namedBodyRefusals, 409: BodhiError },
  }),
  getRouter: defineRoute({
    method: 'GET',
    path: `${at}/{id}`,
    summary: 'Read a router',
    ref: 'bodhi §1.16 GET /bodhi/v1/models/router/{id}',
    access: 'models:read',
    params: ById,
    reply: { 200: ModelRouter, ...unchanged, ...namedRefusals },
  }),
  updateRouter: defineRoute({
    method: 'PUT',
    path: `${at}/{id}`,
    summary: 'Replace a router; what is left out is taken away',
    ref: 'bodhi §1.16 PUT /bodhi/v1/models/router/{id}',
    access: 'models:manage',
    params: ById,
    body: ModelRouterRequest,
    reply: { 200: ModelRouter, ...namedBodyRefusals, 409: BodhiError },
  }),
  deleteRouter: defineRoute({
    method: 'DELETE',
    path: `${at}/{id}`,
    summary: 'Forget a router that no other leads to',
    ref: 'bodhi §1.16 DELETE /bodhi/v1/models/router/{id}',
    access: 'models:manage',
    params: ById,
    reply: { 204: nothing, ...namedRefusals, 409: BodhiError },
  }),
} as const
