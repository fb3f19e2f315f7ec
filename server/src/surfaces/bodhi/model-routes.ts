import type { ModelQuery } from '@pharos/contract/bodhi/aliases.ts'
import { bodhiRoutes } from '@pharos/contract/bodhi/routes.ts'
import {
  getModelView,
  listModelViews,
  previewModel,
  type ModelViewQuery,
} from '../../features/models/index.ts'
import { conditional } from '../../platform/http/conditional.ts'
import { serve, type BodhiPowers } from './door.ts'
import { orderOf, pageOf, sortOf } from './page.ts'
import { toModel } from './wire-models.ts'

/** Reading about models of every kind. Source: bodhi contract §1.9. */
export function modelRoutes(powers: BodhiPowers) {
  return [
    serve(bodhiRoutes.listModelAliases, async ({ query, caller, request }) => {
      const asked = toQuery(query)
      const { views, total } = await listModelViews({ ...powers, caller }, asked)
      const { page, pageSize } = asked
      return conditional(request, {
        data: views.map(toModel),
        total,
        page,
        page_size: pageSize,
      })
    }),
    serve(bodhiRoutes.getAlias, async ({ params, caller, request }) => {
      const view = await getModelView({ ...powers, caller }, params.alias)
      return conditional(request, toModel(view))
    }),
    serve(bodhiRoutes.previewTemplate, async ({ params, body, caller, signal }) => {
      const { messages, tools } = body
      const conversation = { messages, ...(tools && { tools }) }
      const prompt = await previewModel({ ...powers, caller }, params.alias, conversation, signal)
      return { status: 200, body: { prompt } }
    }),
  ]
}

const sorts = ['name', 'repo', 'filename', 'source'] as const

function toQuery(query: ModelQuery): ModelViewQuery {
  const { type, api_format, size_min, size_max, capability, search } = query
  return {
    ...pageOf(query),
    sort: sortOf(query, sorts),
    order: orderOf(query),
    source: type,
    format: api_format,
    sizeMin: bytesOf(size_min),
    sizeMax: bytesOf(size_max),
    capability,
    search: search === '' ? undefined : search,
  }
}

function bytesOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text)
}
