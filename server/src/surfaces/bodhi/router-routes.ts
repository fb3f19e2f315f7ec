import type { ModelRouterRequest } from '@pharos/contract/bodhi/routers.ts'
import { bodhiRoutes } from '@pharos/contract/bodhi/routes.ts'
import {
  aliasToChange,
  createRouter,
  deleteAlias,
  getModelView,
  updateRouter,
  viewRouter,
  type RouterInput,
} from '../../features/models/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { conditional } from '../../platform/http/conditional.ts'
import { nothing, serve, type BodhiPowers } from './door.ts'
import { toModelRouter } from './wire-models.ts'

/** Names that lead to several models. Source: bodhi contract §1.16, B.3. */
export function routerRoutes(powers: BodhiPowers) {
  return [
    serve(bodhiRoutes.createRouter, async ({ body, caller }) => {
      const ctx = { ...powers, caller }
      const alias = await createRouter(ctx, toInput(body))
      return { status: 201, body: toModelRouter(await viewRouter(ctx, alias)) }
    }),
    serve(bodhiRoutes.getRouter, async ({ params, caller, request }) => {
      const view = await getModelView({ ...powers, caller }, params.id)
      if (view.source === 'model_router') return conditional(request, toModelRouter(view))
      throw new DomainError('not-found', `There is no router ${params.id}`, {
        details: { code: 'alias_not_found_error', alias: params.id },
      })
    }),
    serve(bodhiRoutes.updateRouter, async ({ params, body, caller }) => {
      const ctx = { ...powers, caller }
      const alias = await updateRouter(ctx, params.id, toInput(body))
      return { status: 200, body: toModelRouter(await viewRouter(ctx, alias)) }
    }),
    serve(bodhiRoutes.deleteRouter, async ({ params, caller }) => {
      const ctx = { ...powers, caller }
      const { name } = await aliasToChange(ctx, 'router', params.id)
      await deleteAlias(ctx, name)
      return { status: 204, ...nothing }
    }),
  ]
}

function toInput({ alias, targets, strategy }: ModelRouterRequest): RouterInput {
  return {
    alias,
    targets: (targets ?? []).map((target) => ({
      alias: target.alias,
      model: target.model,
      isEnabled: target.enabled ?? true,
      ...(typeof target.weight === 'number' && { weight: target.weight }),
    })),
    strategy: {
      strategy: strategy?.strategy ?? 'fallback',
      cooldownSeconds: strategy?.cooldown_secs,
      maxAttempts: strategy?.max_attempts,
      honorsRetryAfter: strategy?.honor_retry_after,
    },
  }
}
