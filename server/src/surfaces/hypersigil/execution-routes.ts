import type { NewExecutions } from '@pharos/contract/hypersigil/executions.ts'
import { hypersigilRoutes } from '@pharos/contract/hypersigil/routes.ts'
import {
  cancelExecution,
  changeExecution,
  createExecutions,
  type CreateContext,
  type NewExecutions as Asked,
} from '../../features/executions/index.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import { serve } from './door.ts'
import { created, nothing } from './envelopes.ts'

export type ExecutionRoutePowers = Omit<CreateContext, 'caller'>

/** Runs of prompts on models. Source: hypersigil contract §1.7. */
export function executionRoutes(powers: ExecutionRoutePowers) {
  return [
    serve(hypersigilRoutes.createExecutions, async ({ body, caller }) => {
      const { ids } = await createExecutions({ ...powers, caller }, toAsked(body))
      return created({ executionIds: ids })
    }),
    serve(hypersigilRoutes.cancelExecution, async ({ params, caller }) => {
      await cancelExecution({ ...powers, caller }, params.id.toLowerCase())
      return nothing
    }),
    serve(hypersigilRoutes.changeExecution, async ({ params, body, caller }) => {
      const id = params.id.toLowerCase()
      await changeExecution({ ...powers, caller }, id, withoutUndefined(body))
      return created({})
    }),
  ]
}

function toAsked(body: NewExecutions): Asked {
  const { promptId, promptVersion = 0, promptText, userInput, testDataGroupId } = body
  const { traceId, providerModel, options, fileId } = body
  return {
    models: providerModel,
    ...withoutUndefined({
      promptId: promptId?.toLowerCase(),
      promptVersion: promptVersion === 0 ? undefined : promptVersion,
      promptText,
      userInput,
      testGroupId: testDataGroupId?.toLowerCase(),
      traceLabel: traceId,
      options,
      fileId: fileId?.toLowerCase(),
    }),
  }
}
