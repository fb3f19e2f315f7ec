import { hypersigilRoutes } from '@pharos/contract/hypersigil/routes.ts'
import {
  createDeployment,
  deleteDeployment,
  getDeployment,
  getDeploymentByName,
  listDeployments,
  listRevisions,
  rollBackDeployment,
  runDeployment,
  updateDeployment,
  type DeploymentPowers,
} from '../../features/deployments/index.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import { conflictIsInvalid, serve } from './door.ts'
import { askedPage, created, found, nothing, readCount, toPage } from './envelopes.ts'
import { toWireExecution } from './wire-executions.ts'
import { fromOptions, toDeployment, toRevision } from './wire-deployments.ts'

/** Prompts in use under a name. Source: hypersigil contract §1.11, rulings §5. */
export function deploymentRoutes(powers: DeploymentPowers) {
  return [...readRoutes(powers), ...changeRoutes(powers), runRoute(powers)]
}

function readRoutes(powers: DeploymentPowers) {
  return [
    serve(hypersigilRoutes.listDeployments, async ({ query, caller }) => {
      const page = askedPage(query)
      const { search, orderBy = 'created_at', orderDirection } = query
      const { deployments, total } = await listDeployments(
        { ...powers, caller },
        {
          ...withoutUndefined({ search }),
          orderBy,
          order: orderDirection === 'ASC' ? 'asc' : 'desc',
          limit: page.limit,
          offset: page.offset,
        },
      )
      return found(toPage(deployments.map(toDeployment), { ...page, total }))
    }),
    serve(hypersigilRoutes.getDeploymentByName, async ({ params, caller }) =>
      found(toDeployment(await getDeploymentByName({ ...powers, caller }, params.name))),
    ),
    serve(hypersigilRoutes.getDeployment, async ({ params, caller }) =>
      found(toDeployment(await getDeployment({ ...powers, caller }, params.id.toLowerCase()))),
    ),
    serve(hypersigilRoutes.listDeploymentRevisions, async ({ params, query, caller }) => {
      const page = askedPage(query)
      const id = params.id.toLowerCase()
      const { revisions, total } = await listRevisions({ ...powers, caller }, id, page)
      return found(toPage(revisions.map(toRevision), { ...page, total }))
    }),
  ]
}

function changeRoutes(powers: DeploymentPowers) {
  return [
    serve(hypersigilRoutes.createDeployment, async ({ body, caller }) => {
      const { name, promptId, promptVersion, provider, model, options } = body
      const making = createDeployment(
        { ...powers, caller },
        {
          name,
          promptId: promptId.toLowerCase(),
          promptVersion,
          provider,
          model,
          options: options === undefined ? null : fromOptions(options),
          webhookIds: body.webhookDestinationIds ?? null,
        },
      )
      return created(toDeployment(await conflictIsInvalid(making)))
    }),
    serve(hypersigilRoutes.updateDeployment, async ({ params, body, caller }) => {
      const { promptId, promptVersion, provider, model, options } = body
      const changes = withoutUndefined({
        promptId: promptId?.toLowerCase(),
        provider,
        model,
        options: options && fromOptions(options),
        webhookIds: body.webhookDestinationIds,
      })
      const id = params.id.toLowerCase()
      return found(
        toDeployment(
          await updateDeployment({ ...powers, caller }, id, { ...changes, promptVersion }),
        ),
      )
    }),
    serve(hypersigilRoutes.rollBackDeployment, async ({ params, body, caller }) => {
      const id = params.id.toLowerCase()
      const ctx = { ...powers, caller }
      return found(toDeployment(await rollBackDeployment(ctx, id, body.revision)))
    }),
    serve(hypersigilRoutes.deleteDeployment, async ({ params, caller }) => {
      await deleteDeployment({ ...powers, caller }, params.id.toLowerCase())
      return nothing
    }),
  ]
}

function runRoute(powers: DeploymentPowers) {
  return serve(hypersigilRoutes.runDeployment, async ({ params, query, body, caller, signal }) => {
    const { userInput, traceId, fileId } = body
    const run = {
      userInput,
      ...withoutUndefined({ traceLabel: traceId, fileId: fileId?.toLowerCase() }),
    }
    const { wait } = query
    const { executionId, execution } = await runDeployment({ ...powers, caller }, params.name, {
      run,
      ...(wait !== undefined && { wait: { seconds: readCount(wait), signal } }),
    })
    return created({ executionId, ...(execution && { execution: toWireExecution(execution) }) })
  })
}
