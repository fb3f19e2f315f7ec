import type { ApiModelRequest } from '@pharos/contract/bodhi/api-models.ts'
import { bodhiRoutes } from '@pharos/contract/bodhi/routes.ts'
import type { InputOf } from '@pharos/contract/route.ts'
import {
  createRemote,
  deleteRemote,
  fetchRemoteModels,
  getRemote,
  remoteFormats,
  syncRemote,
  updateRemote,
  type RemoteDraft,
  type RemoteInput,
} from '../../features/models/index.ts'
import { tryProvider } from '../../features/playground/index.ts'
import { conditional } from '../../platform/http/conditional.ts'
import { nothing, serve, type BodhiPowers } from './door.ts'
import { toApiAlias } from './wire-models.ts'

/** Remote providers. Source: bodhi contract §1.16, B.2. */
export function apiModelRoutes(powers: BodhiPowers) {
  return [...trialRoutes(powers), ...storedRoutes(powers)]
}

function trialRoutes(powers: BodhiPowers) {
  return [
    serve(bodhiRoutes.listApiFormats, () => ({ status: 200, body: { data: [...remoteFormats] } })),
    serve(bodhiRoutes.testApiModel, async ({ body, caller, signal }) => {
      const trial = { model: body.model, prompt: body.prompt }
      const result = await tryProvider({ ...powers, caller }, toDraft(body), trial, signal)
      const told = result.isAnswered
        ? { success: true, response: result.text }
        : { success: false, error: result.reason }
      return { status: 200, body: told }
    }),
    serve(bodhiRoutes.fetchApiModels, async ({ body, caller, signal }) => {
      const models = await fetchRemoteModels({ ...powers, caller }, toDraft(body), signal)
      return { status: 200, body: { models: [...models] } }
    }),
  ]
}

function storedRoutes(powers: BodhiPowers) {
  return [
    serve(bodhiRoutes.createApiModel, async ({ body, caller }) => {
      const made = await createRemote({ ...powers, caller }, toInput(body))
      return { status: 201, body: toApiAlias(made) }
    }),
    serve(bodhiRoutes.getApiModel, async ({ params, caller, request }) => {
      const remote = await getRemote({ ...powers, caller }, params.id)
      return conditional(request, toApiAlias(remote))
    }),
    serve(bodhiRoutes.updateApiModel, async ({ params, body, caller }) => {
      const changed = await updateRemote({ ...powers, caller }, params.id, toInput(body))
      return { status: 200, body: toApiAlias(changed) }
    }),
    serve(bodhiRoutes.deleteApiModel, async ({ params, caller }) => {
      await deleteRemote({ ...powers, caller }, params.id)
      return { status: 204, ...nothing }
    }),
    serve(bodhiRoutes.syncApiModel, async ({ params, caller }) => {
      const synced = await syncRemote({ ...powers, caller }, params.id)
      return { status: 200, body: toApiAlias(synced) }
    }),
  ]
}

function toInput(request: ApiModelRequest): RemoteInput {
  const { name, api_format: format, base_url: baseUrl, models, prefix, api_key: key } = request
  return {
    label: name,
    format,
    baseUrl,
    models,
    prefix: prefix ?? null,
    forwardsAll: request.forward_all_with_prefix ?? false,
    apiKey: key?.action === 'set' ? key.value : undefined,
  }
}

type Draft = InputOf<typeof bodhiRoutes.fetchApiModels, 'body'>

function toDraft({ api_format: format, base_url: baseUrl, creds }: Draft): RemoteDraft {
  const key = creds?.type === 'id' ? { storedIn: creds.value } : { apiKey: creds?.value ?? null }
  return { format, baseUrl, key }
}
