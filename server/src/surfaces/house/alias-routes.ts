import { managementRoutes } from '@pharos/contract/house/management-routes.ts'
import type { Alias as WireAlias, AliasReplacement } from '@pharos/contract/house/aliases.ts'
import {
  createAlias,
  deleteAlias,
  getAlias,
  listAliases,
  updateAlias,
  type AliasInput,
  type ModelAlias,
} from '../../features/models/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import { serve, type ManagementPowers } from './door.ts'
import { toTime } from './times.ts'

/** Names for models. Source: rulings §4. */
export function aliasRoutes(powers: ManagementPowers) {
  return [
    serve(managementRoutes.listAliases, async ({ caller }) => {
      const aliases = await listAliases({ ...powers, caller })
      return { status: 200, body: { data: aliases.map(toWire) } }
    }),
    serve(managementRoutes.getAlias, async ({ params, caller }) => {
      const alias = await getAlias({ ...powers, caller }, params.name)
      return { status: 200, body: { data: toWire(alias) } }
    }),
    serve(managementRoutes.createAlias, async ({ body, caller }) => {
      const { name } = body
      const alias = await createAlias({ ...powers, caller }, name, toInput(body))
      return { status: 201, body: { data: toWire(alias) } }
    }),
    serve(managementRoutes.updateAlias, async ({ params, body, caller }) => {
      const { name } = params
      if (body.name !== undefined && body.name !== name) {
        throw new DomainError('invalid', `The alias ${name} cannot be renamed`)
      }
      const alias = await updateAlias({ ...powers, caller }, name, toInput(body))
      return { status: 200, body: { data: toWire(alias) } }
    }),
    serve(managementRoutes.deleteAlias, async ({ params, caller }) => {
      await deleteAlias({ ...powers, caller }, params.name)
      return { status: 200, body: { data: { deleted: params.name } } }
    }),
  ]
}

function toInput({ targets, request_params = {}, options = {} }: AliasReplacement): AliasInput {
  const { strategy = 'fallback', cache_seconds: cacheSeconds } = options
  return {
    targets: targets.map(({ model, weight, timeout_ms: timeoutMs, enabled = true }) => ({
      model,
      ...(weight !== undefined && { weight }),
      ...(timeoutMs !== undefined && { timeoutMs }),
      isEnabled: enabled,
    })),
    requestParams: withoutUndefined(request_params),
    options: { strategy, ...(cacheSeconds !== undefined && { cacheSeconds }) },
  }
}

function toWire(alias: ModelAlias): WireAlias {
  const { id, name, kind, targets, requestParams, options, createdBy } = alias
  const { strategy, cacheSeconds } = options
  const { stop, ...params } = requestParams
  return {
    id,
    name,
    kind,
    targets: targets.map(({ model, weight, timeoutMs, isEnabled }) => ({
      model,
      ...(weight !== undefined && { weight }),
      ...(timeoutMs !== undefined && { timeout_ms: timeoutMs }),
      enabled: isEnabled,
    })),
    request_params: { ...params, ...(stop && { stop: [...stop] }) },
    options: { strategy, ...(cacheSeconds !== undefined && { cache_seconds: cacheSeconds }) },
    created_by: createdBy,
    created_at: toTime(alias.createdAt),
    updated_at: toTime(alias.updatedAt),
  }
}
