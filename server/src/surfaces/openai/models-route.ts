import { getModel, listModels as listModelsRoute } from '@pharos/contract/openai/models.ts'
import { mayUseModel, type Caller } from '../../features/identity/index.ts'
import { findModel, listModels, type Grants } from '../../features/models/index.ts'
import { serve, type OpenAiPowers } from './door.ts'
import { toModelReply, toModelsReply } from './to-models-reply.ts'

/** The models that a caller may ask, for clients of OpenAI's dialect and of Anthropic's. */
export function modelsRoutes(powers: OpenAiPowers) {
  return [
    serve(listModelsRoute, async ({ caller, query, request: { headers } }) => {
      const list = await listModels({ ...powers, caller }, grantsOf(caller))
      return { status: 200, body: toModelsReply(headers, list, query) }
    }),
    serve(
      getModel,
      async ({ caller, params, request: { headers } }) => {
        const model = await findModel({ ...powers, caller }, params.id, grantsOf(caller))
        return { status: 200, body: toModelReply(headers, model) }
      },
      { takesRestOfPath: true },
    ),
  ]
}

function grantsOf(caller: Caller): Grants {
  return (name) => mayUseModel(caller, name)
}
