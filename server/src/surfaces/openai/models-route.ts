import { getModel, listModels as listModelsRoute } from '@pharos/contract/openai/models.ts'
import { mayUseModel, type Caller } from '../../features/identity/index.ts'
import { findModel, listModels, type Grants } from '../../features/models/index.ts'
import { conditional } from '../../platform/http/conditional.ts'
import { serve, type OpenAiPowers } from './door.ts'
import { toModelReply, toModelsReply } from './to-models-reply.ts'

/** Clients of Anthropic's dialect name its version, and are answered in it. */
const byDialect = ['Anthropic-Version']

/** The models that a caller may ask, for clients of OpenAI's dialect and of Anthropic's. */
export function modelsRoutes(powers: OpenAiPowers) {
  return [
    serve(listModelsRoute, async ({ caller, query, request }) => {
      const list = await listModels({ ...powers, caller }, grantsOf(caller))
      return conditional(request, toModelsReply(request.headers, list, query), byDialect)
    }),
    serve(
      getModel,
      async ({ caller, params, request }) => {
        const model = await findModel({ ...powers, caller }, params.id, grantsOf(caller))
        return conditional(request, toModelReply(request.headers, model), byDialect)
      },
      { takesRestOfPath: true },
    ),
  ]
}

function grantsOf(caller: Caller): Grants {
  return (name) => mayUseModel(caller, name)
}
